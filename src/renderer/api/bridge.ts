/** The messages of the tRPC link. */
export interface Bridge {
  send(message: unknown): void
  /** Returns a function that stops listening. */
  onMessage(listener: (message: unknown) => void): () => void
}

/** What the preload exposes as `window.driad`, and nothing else. */
export interface PageBridge extends Bridge {
  /** The path of a file that was dropped onto the window; empty where it is none of the disk. */
  pathOfFile(file: File): string
}

/** The bridge of this page; undefined where the page was opened in an ordinary browser. */
export function pageBridge(): PageBridge | undefined {
  return (globalThis as { driad?: PageBridge }).driad
}
