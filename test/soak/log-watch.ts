/** Lines of level warn or error that a soak may bring, each with its reason. Short on purpose: all others fail it. */
const expected: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern:
      /:ERROR:(bus|object_proxy)\.cc\(\d+\)\] Failed to (connect to the bus|call method: org\.freedesktop\.DBus)/,
    reason: 'Chromium looks for D-Bus, which a virtual display has not',
  },
  {
    pattern: /ExperimentalWarning: Importing JSON modules/,
    reason:
      'the Node of Electrons before 35 says so of node-llama-cpp; set-up takes such a one where it reaches no other',
  },
]

const OURS = /^\d\d:\d\d:\d\d\.\d{3} (warn|error) /
const CHROMIUM = /^\[\d+:\d{4}\/\d{6}\.\d+:(WARNING|ERROR|FATAL):/
const MOST_KEPT = 200

/** Keeps the lines that should not be there, of those that the app writes on stderr. */
export class LogWatch {
  readonly unexpected: string[] = []
  readonly counts = new Map<string, number>()
  lines = 0

  add(line: string): void {
    this.lines++
    if (!OURS.test(line) && !CHROMIUM.test(line)) return
    const known = expected.find(({ pattern }) => pattern.test(line))
    if (known !== undefined) {
      this.counts.set(known.reason, (this.counts.get(known.reason) ?? 0) + 1)
      return
    }
    if (this.unexpected.length < MOST_KEPT) this.unexpected.push(line)
  }
}
