import {
  callTRPCProcedure,
  getTRPCErrorFromUnknown,
  getTRPCErrorShape,
  isTrackedEnvelope,
  type TRPCError,
} from '@trpc/server'
import { type IpcMainEvent, ipcMain, type WebContents } from 'electron'
import { z } from 'zod'
import type { ApiContext } from '../api/context.ts'
import { apiRouter } from '../api/router.ts'

/** The one channel; the preload repeats its name. */
const CHANNEL = 'driad'

/** Requests that one page may have open; a page that opens more is broken. */
const MAX_OPEN_REQUESTS = 256

const requestSchema = z.union([
  z.object({ id: z.number().int().nonnegative(), stop: z.literal(true) }),
  z.object({
    id: z.number().int().nonnegative(),
    type: z.enum(['query', 'mutation', 'subscription']),
    path: z.string().min(1).max(128),
    input: z.unknown(),
  }),
])
type ApiRequest = Extract<z.infer<typeof requestSchema>, { path: string }>

export interface ApiBridgeOptions {
  readonly context: ApiContext
  /** Says whether a message comes from the top frame of our own window showing our own page. */
  readonly isTrusted: (event: IpcMainEvent) => boolean
}

/**
 * Serves the API to our window over the one channel. Everything a page has open is aborted when it navigates,
 * crashes or closes. Returns a function that stops serving.
 */
export function serveApi({ context, isTrusted }: ApiBridgeOptions): () => void {
  const pages = new WeakMap<WebContents, Map<number, AbortController>>()
  const everyPage = new Set<Map<number, AbortController>>()

  const openRequestsOf = (page: WebContents): Map<number, AbortController> => {
    const known = pages.get(page)
    if (known !== undefined) return known
    const open = new Map<number, AbortController>()
    pages.set(page, open)
    everyPage.add(open)
    const abortAll = () => {
      for (const request of open.values()) request.abort()
      open.clear()
    }
    page.on('did-start-navigation', (details) => {
      if (details.isMainFrame && !details.isSameDocument) abortAll()
    })
    page.on('render-process-gone', abortAll)
    page.once('destroyed', () => {
      abortAll()
      everyPage.delete(open)
    })
    return open
  }

  const onMessage = (event: IpcMainEvent, message: unknown) => {
    if (!isTrusted(event)) {
      context.logger.warn('Refused a message from an unknown page', { url: event.senderFrame?.url })
      return
    }
    const parsed = requestSchema.safeParse(message)
    if (!parsed.success) {
      context.logger.warn('Refused a malformed message from the window')
      return
    }
    const open = openRequestsOf(event.sender)
    const request = parsed.data
    if ('stop' in request) {
      open.get(request.id)?.abort()
      return
    }
    if (open.has(request.id) || open.size >= MAX_OPEN_REQUESTS) {
      context.logger.warn('Refused a request from the window: too many are open', { path: request.path })
      return
    }
    const controller = new AbortController()
    open.set(request.id, controller)
    const reply = (answer: object) => {
      if (!event.sender.isDestroyed()) event.sender.send(CHANNEL, { id: request.id, ...answer })
    }
    void answer(request, context, controller.signal, reply).finally(() => {
      if (open.get(request.id) === controller) open.delete(request.id)
    })
  }

  ipcMain.on(CHANNEL, onMessage)
  return () => {
    ipcMain.removeListener(CHANNEL, onMessage)
    for (const open of everyPage) for (const request of open.values()) request.abort()
  }
}

async function answer(
  request: ApiRequest,
  context: ApiContext,
  signal: AbortSignal,
  reply: (answer: object) => void,
): Promise<void> {
  const { type, path, input } = request
  try {
    const outcome: unknown = await callTRPCProcedure({
      router: apiRouter,
      path,
      type,
      ctx: context,
      getRawInput: () => Promise.resolve(input),
      signal,
      batchIndex: 0,
    })
    if (type !== 'subscription') {
      reply({ result: { type: 'data', data: outcome } })
      return
    }
    reply({ result: { type: 'started' } })
    const events = (outcome as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    // Ends the generator's wait; its `finally` blocks run.
    signal.addEventListener('abort', () => void events.return?.(), { once: true })
    while (!signal.aborted) {
      const next = await events.next()
      if (next.done === true) break
      reply({ result: { type: 'data', ...eventData(next.value) } })
    }
    reply({ result: { type: 'stopped' } })
  } catch (cause) {
    const error: TRPCError = getTRPCErrorFromUnknown(cause)
    const config = apiRouter._def._config
    reply({ error: getTRPCErrorShape({ config, error, type, path, input, ctx: context }) })
  }
}

/** A tracked event carries the id from which a broken subscription is taken up again. */
function eventData(event: unknown): { id?: string; data: unknown } {
  if (!isTrackedEnvelope(event as never)) return { data: event }
  const [id, data] = event as unknown as [string, unknown]
  return { id, data: { id, data } }
}
