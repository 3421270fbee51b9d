/**
 * The end-to-end tests that also run against the installed package, by an ordinary user with Chromium's sandbox on. They need no more
 * than the window and the system's own interfaces: a package's fuses give nobody a hand on its main process. Single tests in them that
 * need one (answers to the system's dialogs, mostly) are skipped there, and say so where they are.
 *
 * Left out: what replaces parts of Electron by its main process (devices, get-models, health-view, local-models, security,
 * served-models-app), and views that a browser shows without the app, which are the same files in a package.
 */
export const installedTests = [
  'test/e2e/first-run.test.ts', // one click, to a task of somebody else that is earned; killed in the middle of a download
  'test/e2e/good-guest.test.ts', // by hand, schedule, idle, battery, full screen
  'test/e2e/guest-signals.test.ts', // programs, load, heat, charge
  'test/e2e/sleep.test.ts',
  'test/e2e/app-lifecycle.test.ts', // second instance, links, killed in the middle of tasks
]
