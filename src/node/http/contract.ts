import type { Dispatcher } from 'undici'

/** How the program reaches an address: directly, or by the proxy that holds for it now. */
export interface HttpRoute {
  /** @throws DriadError `download_failed` where the proxy cannot be used. */
  dispatcherFor(url: URL): Promise<Dispatcher>
}
