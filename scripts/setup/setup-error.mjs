/** Set-up cannot go on; the message tells a person what to do. */
export class SetupError extends Error {
  /** @override */
  name = 'SetupError'
}
