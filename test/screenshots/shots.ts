/** Every picture of the gallery, in its order, with the words under it. */
export const shots = {
  welcome: [
    'First run',
    'One button from nothing to earning; what others will see is said before it is pressed.',
  ],
  'first-run-device': ['First run', 'What this computer can do.'],
  'first-run-model': ['First run', 'The model that suits it, and two others.'],
  'first-run-download': ['First run', 'It comes while the rest is set up.'],
  'first-run-key': ['First run', 'The key in an encrypted file.'],
  'first-run-rehearsal': ['First run', 'A backup counts once it was opened.'],
  'first-run-test': ['First run', 'The node asks itself for a task, over a connection of its own.'],
  'first-run-online': ['First run', 'Online.'],
  'set-up-list': ['First run', 'After one click: what is left to do, and what is done by itself.'],
  overview: ['Overview', 'A node at work for three requesters.'],
  paused: ['Overview', 'Paused: why, until when, and what resumes it.'],
  commands: ['Overview', 'Everything by its name: Ctrl K.'],
  models: ['Models', 'Served models.'],
  'model-details': ['Models', 'How a model is loaded, how fast it is here, what it costs.'],
  'models-get': ['Models', 'What suits this computer, and what is on its way.'],
  'models-catalogue': ['Models', 'The catalogue: every model in all its versions.'],
  'models-files': ['Models', 'Models that other programs left on the disk.'],
  'models-devices': ['Models', 'What models are computed on.'],
  tasks: ['Tasks', 'What was asked, by whom, and what became of it.'],
  'task-details': ['Tasks', 'One task: its steps, its changes of state, its receipt.'],
  earnings: ['Earnings', 'How far payment has come, and who pays.'],
  'earnings-unpaid': ['Earnings', 'What was not paid, and why.'],
  'earnings-requesters': ['Earnings', 'Requesters.'],
  'earnings-statement': ['Earnings', 'From receipts to a statement that a requester answers.'],
  'earnings-ledger': ['Earnings', 'Every entry of the ledger.'],
  network: ['Network', 'From where this node is reached, and who is connected.'],
  'network-peer': ['Network', 'One peer.'],
  'network-offers': ['Network', 'Which offers of tasks reach this node.'],
  'network-kept-out': ['Network', 'Who is kept out, by whom, and for what.'],
  'test-prompt': ['Test', 'A prompt, answered here.'],
  'test-running': ['Test', 'A workflow in the middle of its run.'],
  'test-steps': ['Test', 'The trace of a run, step by step.'],
  'test-fault': ['Test', 'An error where it stands.'],
  health: ['Health', 'Everything that must be right for this node to earn.'],
  diagnostics: ['Health', 'What a diagnostics bundle has, before it is saved.'],
  logs: ['Logs', 'Levels, scopes, expressions.'],
  'log-line': ['Logs', 'The fields of a line.'],
  settings: ['Settings', 'Each setting with what it does.'],
  'settings-schedule': ['Settings', 'When this computer takes tasks.'],
  'settings-tools': ['Settings', 'What workflows may use of the internet.'],
} as const satisfies Record<string, readonly [view: string, words: string]>

export type ShotName = keyof typeof shots

export const themes = ['dark', 'light'] as const
/** CSS pixels: the window as it opens first, and as small as it gets. */
export const sizes = [
  { width: 1280, height: 800, suffix: '' },
  { width: 900, height: 600, suffix: '-small' },
] as const

export function fileName(shot: ShotName, theme: (typeof themes)[number], suffix: string): string {
  return `${shot}-${theme}${suffix}.png`
}
