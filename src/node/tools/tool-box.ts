import { DriadError } from '../../protocol/errors.ts'
import { type SwitchableTool, type ToolName, toolNames } from '../../protocol/tools.ts'
import { searchTools } from '../../protocol/workflow/tools-needed.ts'
import type { Logger } from '../logs/contract.ts'
import { answerText } from './answer-text.ts'
import type { ToolBox, ToolSession } from './contract.ts'
import { customRequest } from './custom-request.ts'
import type { GuardedHttp, HttpAnswer, HttpRequest } from './guarded-http.ts'
import { type ServiceAccess, services } from './services.ts'

/** Requests that one run may cause, its redirects not counted. */
const REQUESTS_PER_RUN = 32
/** Requests of all runs at a time. */
const REQUESTS_AT_ONCE = 16

/** What the operator decided, looked at each time. */
export interface ToolSettings {
  readonly enabled: () => readonly SwitchableTool[]
  /** The operator's own address of a service; trusted, also on this computer. */
  readonly endpoint: (name: ToolName) => string | undefined
  readonly key: (name: ToolName) => string | undefined
}

export interface ToolBoxComponents {
  readonly http: GuardedHttp
  readonly settings: ToolSettings
  readonly logger: Logger
}

/** The tools that the operator turned on. */
export function createToolBox(components: ToolBoxComponents): ToolBox {
  const { settings } = components
  const inUse = { requests: 0 }
  const available = () =>
    new Set(
      settings
        .enabled()
        .filter(
          (name) =>
            name === 'http_request' || services[name].key !== 'required' || settings.key(name) !== undefined,
        ),
    )
  return { available, open: () => new Session(components, available, inUse) }
}

class Session implements ToolSession {
  readonly #http: GuardedHttp
  readonly #settings: ToolSettings
  readonly #logger: Logger
  readonly #available: () => ReadonlySet<SwitchableTool>
  readonly #inUse: { requests: number }
  #requests = 0

  constructor(
    { http, settings, logger }: ToolBoxComponents,
    available: () => ReadonlySet<SwitchableTool>,
    inUse: { requests: number },
  ) {
    this.#http = http
    this.#settings = settings
    this.#logger = logger
    this.#available = available
    this.#inUse = inUse
  }

  async call(
    name: ToolName,
    args: Readonly<Record<string, unknown>>,
    { signal }: { signal: AbortSignal },
  ): Promise<string> {
    this.#assertOn(name)
    return this.#logged(name, () => services[name].run(args, this.#access(name, signal)))
  }

  async request(...[tool, args, { signal }]: Parameters<ToolSession['request']>): Promise<string> {
    this.#assertOn('http_request')
    return this.#logged('http_request', async () =>
      answerText(await this.#send(customRequest(tool, args), signal)),
    )
  }

  async search(...[query, { signal }]: Parameters<ToolSession['search']>): Promise<string> {
    const available = this.#available()
    const name = searchTools.find((tool) => available.has(tool))
    const search = name && services[name].search
    if (!name || !search)
      throw new DriadError('tool_unavailable', 'This node has no tool that searches the web turned on')
    return this.#logged(name, () => search(query, this.#access(name, signal, services[name].searchEndpoint)))
  }

  #access(name: ToolName, signal: AbortSignal, elsewhere?: string): ServiceAccess {
    const own = this.#settings.endpoint(name)
    const endpoint = (own ?? elsewhere ?? services[name].endpoint ?? '').replace(/\/$/, '')
    return {
      key: this.#settings.key(name),
      ask: (path, request = { method: 'GET' }) =>
        this.#send(
          {
            ...request,
            url: `${endpoint}${path}`,
            trusted: own !== undefined,
          },
          signal,
        ),
      assertPublic: (url) => this.#http.assertPublic(url, { signal }),
      page: (url) => this.#send({ url, method: 'GET' }, signal),
    }
  }

  async #send(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    if (++this.#requests > REQUESTS_PER_RUN)
      throw new DriadError(
        'tool_refused',
        `A run may send ${REQUESTS_PER_RUN} requests, and this one sends more`,
      )
    if (this.#inUse.requests >= REQUESTS_AT_ONCE)
      throw new DriadError('tool_failed', 'This node sends too many requests at the moment; try later')
    this.#inUse.requests++
    try {
      return await this.#http.request(request, { signal })
    } finally {
      this.#inUse.requests--
    }
  }

  #assertOn(name: SwitchableTool): void {
    if (this.#available().has(name)) return
    const known = name === 'http_request' || toolNames.includes(name)
    throw new DriadError(
      'tool_unavailable',
      known ? `${name} is turned off on this node` : `There is no tool named ${String(name)}`,
    )
  }

  async #logged(name: SwitchableTool, run: () => Promise<string>): Promise<string> {
    const startedAt = performance.now()
    try {
      const answer = await run()
      this.#logger.debug(`The tool ${name} answered`, {
        characters: answer.length,
        ms: Math.round(performance.now() - startedAt),
      })
      return answer
    } catch (error) {
      const { code, message } = DriadError.from(error)
      this.#logger.info(`The tool ${name} did not answer: ${message}`, { code })
      throw error
    }
  }
}
