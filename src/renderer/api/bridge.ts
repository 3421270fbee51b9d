/** What the preload exposes as `window.driad`: messages of the tRPC link, and nothing else. */
export interface Bridge {
  send(message: unknown): void
  /** Returns a function that stops listening. */
  onMessage(listener: (message: unknown) => void): () => void
}

/** The bridge of this page; undefined where the page was opened in an ordinary browser. */
export function pageBridge(): Bridge | undefined {
  return (globalThis as { driad?: Bridge }).driad
}
