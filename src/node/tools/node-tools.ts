import { DriadError } from '../../protocol/errors.ts'
import { type SwitchableTool, switchableTools, type ToolName } from '../../protocol/tools.ts'
import type { ToolView } from '../../protocol/views.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import { openSecrets } from '../settings/secrets.ts'
import type { Settings } from '../settings/settings.ts'
import type { Store } from '../store/contract.ts'
import type { ToolBox } from './contract.ts'
import { GuardedHttp } from './guarded-http.ts'
import { services } from './services.ts'
import { createToolBox } from './tool-box.ts'

const MAX_KEY_CHARS = 512
/** Arguments that show whether a tool works, and cost its service next to nothing. */
const TRIALS: Readonly<Record<ToolName, Readonly<Record<string, unknown>>>> = {
  browserless: { url: 'https://example.com/' },
  jina: { url: 'https://example.com/' },
  serper: { query: 'weather', n_results: 1 },
  duckduckgo: { query: 'weather' },
  stock: { ticker: 'AAPL' },
  scraper: { url: 'https://example.com/' },
}

export interface NodeToolsComponents {
  readonly settings: Settings
  readonly store: Store
  readonly identity: Pick<Identity, 'privateKey'>
  readonly logger: Logger
}

export interface ToolChange {
  readonly enabled?: boolean | undefined
  /** The operator's own service; null for the usual one. */
  readonly endpoint?: string | null | undefined
}

/** The tools of one data folder: what the operator turned on, and the keys. */
export interface NodeTools {
  readonly box: ToolBox
  list(): ToolView[]
  /** Throws `bad_setting`. */
  set(name: SwitchableTool, change: ToolChange): Promise<void>
  /** Null forgets it. Throws `bad_setting`. */
  setKey(name: SwitchableTool, key: string | null): Promise<void>
  /** For a run of this data folder outside of a node. */
  keyOf(name: ToolName): string | undefined
  /** Uses it once, and tells the beginning of its answer. Throws what the tool throws. */
  try(name: SwitchableTool, options: { signal: AbortSignal }): Promise<string>
}

export function openNodeTools({ settings, store, identity, logger }: NodeToolsComponents): NodeTools {
  const secrets = openSecrets({ store, identity, logger })
  const keyName = (name: SwitchableTool) => `tool:${name}`
  const box = createToolBox({
    http: new GuardedHttp(),
    logger,
    settings: {
      enabled: () => settings.get().tools,
      endpoint: (name) => settings.get().toolEndpoints[name],
      key: (name) => secrets.get(keyName(name)),
    },
  })
  return {
    box,
    list() {
      const { tools, toolEndpoints } = settings.get()
      const available = box.available()
      return switchableTools.map((name): ToolView => {
        const service = name === 'http_request' ? undefined : services[name]
        const endpoint = name === 'http_request' ? undefined : toolEndpoints[name]
        return {
          name,
          enabled: tools.includes(name),
          key: service?.key ?? 'none',
          hasKey: secrets.has(keyName(name)),
          available: available.has(name),
          ...(endpoint === undefined ? {} : { endpoint }),
          ...(service?.endpoint === undefined ? {} : { defaultEndpoint: service.endpoint }),
        }
      })
    },
    async set(name, { enabled, endpoint }) {
      const { tools, toolEndpoints } = settings.get()
      const others = tools.filter((tool) => tool !== name)
      const patch: Record<string, unknown> = {}
      if (enabled !== undefined) patch['tools'] = enabled ? [...others, name] : others
      if (endpoint !== undefined) {
        if (name === 'http_request' || services[name].endpoint === undefined)
          throw new DriadError('bad_setting', `${name} has no service of its own`)
        const { [name]: _, ...rest } = toolEndpoints
        patch['toolEndpoints'] = endpoint === null ? rest : { ...rest, [name]: endpoint }
      }
      await settings.set(patch)
    },
    async setKey(name, key) {
      if (key === null) return secrets.remove(keyName(name))
      if (name === 'http_request' || services[name].key === 'none')
        throw new DriadError('bad_setting', `${name} needs no key`)
      if (!/^[\x21-\x7e]+$/.test(key) || key.length > MAX_KEY_CHARS)
        throw new DriadError('bad_setting', 'A key has letters, digits and signs only, and no spaces')
      await secrets.set(keyName(name), key)
    },
    keyOf: (name) => secrets.get(keyName(name)),
    async try(name, { signal }) {
      if (name === 'http_request') return 'Custom requests have no service to try.'
      const answer = await box.open().call(name, TRIALS[name], { signal })
      return answer.length <= 300 ? answer : `${answer.slice(0, 299)}…`
    },
  }
}
