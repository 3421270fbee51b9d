import { Agent, type Dispatcher, EnvHttpProxyAgent, ProxyAgent } from 'undici'
import { DriadError } from '../../protocol/errors.ts'
import type { SettingValues } from '../settings/schema.ts'
import type { HttpRoute } from './contract.ts'

/** Proxies that are remembered at once: a system with a script for them may name several. */
const MAX_PROXIES = 8

export interface OutboundHttpInit {
  readonly settings: { get(): Pick<SettingValues, 'proxy'> }
  /**
   * What the system says of an address, as a proxy script does (`PROXY host:port; DIRECT`). Asked where the setting is
   * `system` and the environment names no proxy.
   */
  readonly resolveSystemProxy?: (url: string) => Promise<string>
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/**
 * The one way out for the program's own requests, of models and their catalogue, by the proxy of the setting `proxy`.
 * What workflows cause goes another way, which no proxy may see.
 */
export class OutboundHttp implements HttpRoute {
  readonly #settings: OutboundHttpInit['settings']
  readonly #resolveSystemProxy: ((url: string) => Promise<string>) | undefined
  readonly #environment: Readonly<Record<string, string | undefined>>
  /** By what it goes through: `direct`, `environment`, or a proxy's address. */
  readonly #dispatchers = new Map<string, Dispatcher>()
  #closed = false

  constructor(init: OutboundHttpInit) {
    this.#settings = init.settings
    this.#resolveSystemProxy = init.resolveSystemProxy
    this.#environment = init.environment ?? process.env
  }

  async dispatcherFor(url: URL): Promise<Dispatcher> {
    const through = await this.#through(url)
    if (this.#closed) throw new DriadError('stopping', 'The program is being closed')
    const known = this.#dispatchers.get(through)
    if (known !== undefined) return known
    const made = this.#make(through)
    this.#dispatchers.set(through, made)
    const [oldest] = this.#dispatchers.keys()
    if (this.#dispatchers.size > MAX_PROXIES && oldest !== undefined) {
      // Ends when what runs through it has.
      void this.#dispatchers.get(oldest)?.close()
      this.#dispatchers.delete(oldest)
    }
    return made
  }

  /** Ends all connections. Twice is safe. */
  async close(): Promise<void> {
    this.#closed = true
    const all = [...this.#dispatchers.values()]
    this.#dispatchers.clear()
    await Promise.allSettled(all.map((dispatcher) => dispatcher.destroy()))
  }

  async #through(url: URL): Promise<string> {
    const { proxy } = this.#settings.get()
    if (proxy === 'none') return 'direct'
    if (proxy !== 'system') return proxy
    if (this.#fromEnvironment('HTTPS_PROXY') ?? this.#fromEnvironment('HTTP_PROXY')) return 'environment'
    if (this.#resolveSystemProxy === undefined) return 'direct'
    return proxyOfScript(await this.#resolveSystemProxy(url.href))
  }

  #make(through: string): Dispatcher {
    if (through === 'direct') return new Agent()
    try {
      // Many proxies let nobody build a tunnel to anything but encrypted services, so plain requests are handed over.
      if (through !== 'environment') return new ProxyAgent({ uri: through, proxyTunnel: false })
      const options = {
        httpProxy: this.#fromEnvironment('HTTP_PROXY') ?? '',
        noProxy: this.#fromEnvironment('NO_PROXY') ?? '',
        ...optional('httpsProxy', this.#fromEnvironment('HTTPS_PROXY')),
        proxyTunnel: false,
      }
      return new EnvHttpProxyAgent(options)
    } catch (cause) {
      const message = `The proxy ${withoutCredentials(through)} cannot be used: its address is like http://host:port`
      // Not with its cause, which may repeat the name and the password.
      throw new DriadError('download_failed', cause instanceof DriadError ? cause.message : message)
    }
  }

  #fromEnvironment(name: string): string | undefined {
    const values = [this.#environment[name.toLowerCase()], this.#environment[name]]
    return values.find((value) => value !== undefined && value !== '')
  }
}

/** A proxy's address as it may be shown and logged. */
export function withoutCredentials(proxy: string): string {
  if (!URL.canParse(proxy)) return proxy.includes('@') ? proxy.slice(proxy.lastIndexOf('@') + 1) : proxy
  const { protocol, host } = new URL(proxy)
  return `${protocol}//${host}`
}

/** The first usable one of a script's answer (`PROXY a:1; SOCKS5 b:2; DIRECT`). */
function proxyOfScript(answer: string): string {
  let refused: string | undefined
  for (const entry of answer.split(';').map((text) => text.trim())) {
    const [kind = '', host = ''] = entry.split(/\s+/)
    if (/^direct$/i.test(kind)) return 'direct'
    if (/^(proxy|http)$/i.test(kind) && host !== '') return `http://${host}`
    if (/^https$/i.test(kind) && host !== '') return `https://${host}`
    if (/^socks[45]?$/i.test(kind)) refused ??= entry
  }
  if (refused === undefined) return 'direct'
  const message = `The system's proxy (${refused}) is one that Driad cannot use; set an http proxy, or none`
  throw new DriadError('download_failed', message)
}

function optional<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: string })
}
