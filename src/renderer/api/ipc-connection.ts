import type { TRPCErrorShape } from '@trpc/server'
import type { Bridge } from './bridge.ts'

export interface IpcRequest {
  readonly type: 'query' | 'mutation' | 'subscription'
  readonly path: string
  readonly input: unknown
}

export type IpcResult =
  | { readonly type: 'started' }
  | { readonly type: 'stopped' }
  /** `id` is there where the procedure tracks its events: it can be taken up again after that one. */
  | { readonly type: 'data'; readonly data: unknown; readonly id?: string }

export type IpcAnswer = { readonly result: IpcResult } | { readonly error: TRPCErrorShape }

/** Numbers requests over the one channel and hands each answer to the one who asked. */
export class IpcConnection {
  readonly #listeners = new Map<number, (answer: IpcAnswer) => void>()
  readonly #bridge: Bridge
  #nextId = 1

  constructor(bridge: Bridge) {
    this.#bridge = bridge
    bridge.onMessage((message) => this.#receive(message))
  }

  /** Sends a request. The function returned forgets it, and tells the other side to stop unless it has ended. */
  open(request: IpcRequest, onAnswer: (answer: IpcAnswer) => void): (options?: { ended?: boolean }) => void {
    const id = this.#nextId++
    this.#listeners.set(id, onAnswer)
    this.#bridge.send({ id, ...request })
    return ({ ended = false } = {}) => {
      if (!this.#listeners.delete(id) || ended) return
      this.#bridge.send({ id, stop: true })
    }
  }

  #receive(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('id' in message)) return
    if (typeof message.id !== 'number') return
    const answer = message as unknown as IpcAnswer
    // An answer to something that is no longer wanted finds nobody.
    if ('result' in answer || 'error' in answer) this.#listeners.get(message.id)?.(answer)
  }
}
