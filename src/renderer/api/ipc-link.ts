import { type Operation, TRPCClientError, type TRPCLink } from '@trpc/client'
import type { AnyTRPCRouter, TRPCErrorShape } from '@trpc/server'
import { type Observer, observable } from '@trpc/server/observable'
import { t } from '../../locales/translate.ts'
import { duration } from '../format/time.ts'
import type { Bridge } from './bridge.ts'
import { type IpcAnswer, IpcConnection } from './ipc-connection.ts'

export interface IpcLinkOptions {
  readonly bridge: Bridge
  /** A query without an answer fails after this long; mutations may wait for a person (file dialogs). */
  readonly queryTimeoutMs?: number
  readonly firstRetryMs?: number
  readonly longestRetryMs?: number
}

/**
 * Set in a call's `context` where a subscription begins with a snapshot, so that opening it again loses nothing.
 * Tracked subscriptions (whose events carry ids) are opened again without it, after the last event seen.
 */
export interface IpcCallContext {
  readonly resubscribe?: boolean
}

const defaults = { queryTimeoutMs: 30_000, firstRetryMs: 250, longestRetryMs: 8_000 }

/** Failures that say nothing about the request itself: worth another try. */
const passing: ReadonlySet<unknown> = new Set(['INTERNAL_SERVER_ERROR', 'TIMEOUT', 'SERVICE_UNAVAILABLE'])

type Emit = Observer<never, TRPCClientError<AnyTRPCRouter>> & { next(value: unknown): void }

/** tRPC over the preload's one channel: the other end is src/main/ipc.ts. */
export function ipcLink<Router extends AnyTRPCRouter>(options: IpcLinkOptions): TRPCLink<Router> {
  const settings = { ...defaults, ...options }
  return () => {
    const connection = new IpcConnection(settings.bridge)
    return ({ op }) =>
      observable((observer) => {
        const emit = observer as unknown as Emit
        const stop =
          op.type === 'subscription'
            ? subscribe(connection, op, emit, settings)
            : call(connection, op, emit, settings.queryTimeoutMs)
        const onAbort = () => {
          stop()
          emit.error(TRPCClientError.from(abortError(op.signal?.reason)))
        }
        if (op.signal?.aborted === true) onAbort()
        else op.signal?.addEventListener('abort', onAbort, { once: true })
        return () => {
          op.signal?.removeEventListener('abort', onAbort)
          stop()
        }
      })
  }
}

function call(connection: IpcConnection, op: Operation, emit: Emit, queryTimeoutMs: number): () => void {
  const close = connection.open(requestOf(op, op.input), (answer) => {
    finish(true)
    if ('error' in answer) {
      emit.error(TRPCClientError.from(answer as { error: TRPCErrorShape }))
      return
    }
    emit.next({ result: answer.result })
    emit.complete()
  })
  const timer =
    op.type === 'query'
      ? setTimeout(() => {
          finish(false)
          emit.error(
            TRPCClientError.from(
              new Error(t('components:failure.noAnswer', { time: duration(queryTimeoutMs) })),
            ),
          )
        }, queryTimeoutMs)
      : undefined
  function finish(ended: boolean): void {
    clearTimeout(timer)
    close({ ended })
  }
  return () => finish(false)
}

function subscribe(
  connection: IpcConnection,
  op: Operation,
  emit: Emit,
  { firstRetryMs, longestRetryMs }: { firstRetryMs: number; longestRetryMs: number },
): () => void {
  let lastEventId: string | undefined
  let retryMs = firstRetryMs
  let timer: ReturnType<typeof setTimeout> | undefined
  let close = open()

  function open(): (options?: { ended?: boolean }) => void {
    const input = lastEventId === undefined ? op.input : { ...(op.input as object | undefined), lastEventId }
    return connection.open(requestOf(op, input), receive)
  }

  function receive(answer: IpcAnswer): void {
    if ('error' in answer) {
      close({ ended: true })
      const error = TRPCClientError.from(answer as { error: TRPCErrorShape })
      if (mayResume() && passing.has((answer.error.data as { code?: unknown } | undefined)?.code))
        retry(error)
      else emit.error(error)
      return
    }
    const { result } = answer
    if (result.type === 'stopped') {
      close({ ended: true })
      // What can be taken up again follows something that has no end: it was cut off.
      if (mayResume()) retry(null)
      else {
        emit.next({ result })
        emit.complete()
      }
      return
    }
    if (result.type === 'data') {
      retryMs = firstRetryMs
      if (result.id !== undefined) lastEventId = result.id
    }
    emit.next({ result })
  }

  function mayResume(): boolean {
    return lastEventId !== undefined || (op.context as IpcCallContext).resubscribe === true
  }

  function retry(error: TRPCClientError<AnyTRPCRouter> | null): void {
    emit.next({ result: { type: 'state', state: 'connecting', data: null, error } })
    timer = setTimeout(() => {
      close = open()
    }, retryMs)
    retryMs = Math.min(retryMs * 2, longestRetryMs)
  }

  return () => {
    clearTimeout(timer)
    close()
  }
}

function requestOf(op: Operation, input: unknown): { type: Operation['type']; path: string; input: unknown } {
  return { type: op.type, path: op.path, input }
}

function abortError(reason: unknown): Error {
  return reason instanceof Error ? reason : new DOMException('The call was aborted', 'AbortError') // not words
}
