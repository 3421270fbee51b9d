import type { RequestStore } from '../../src/node/requester/request-store.ts'
import type { RequestAssignment, StoredRequest } from '../../src/node/requester/request-types.ts'
import { DEFAULT_PRIORITY, taskPriorities } from '../../src/protocol/priority.ts'

export interface MemoryRequest {
  readonly seq: number
  readonly taskId: string
  readonly offerKey: string
  readonly createdAtMs: number
  readonly deadlineMs: number
  node: string | undefined
  endedAtMs: number | undefined
  endedAs: 'retrieved' | 'failed' | 'expired' | 'cancelled' | undefined
  /** How often it was given to a node. */
  placed: number
  /** How often it came to an end: once, or something is wrong. */
  ends: number
  paidMicro: bigint
  readonly assignments: Map<string, RequestAssignment>
}

const contents = {
  workflowJson: JSON.stringify({ tasks: [{ id: 'a', operator: 'generation', messages: [] }], steps: [] }),
  sampling: {},
  stream: false,
  cancelOnDisconnect: false,
  priority: DEFAULT_PRIORITY,
}

/** The requester's tables, without a disk: every write is done when it is asked for. */
export class MemoryRequests {
  readonly #byId = new Map<string, MemoryRequest>()
  readonly #byKey = new Map<string, MemoryRequest[]>()
  readonly #promised: () => void
  readonly #driver: string
  #seq = 0

  constructor(init: { driver: string; promised: () => void }) {
    this.#driver = init.driver
    this.#promised = init.promised
  }

  all(): Iterable<MemoryRequest> {
    return this.#byId.values()
  }

  find(taskId: string): MemoryRequest | undefined {
    return this.#byId.get(taskId)
  }

  insert(request: Pick<MemoryRequest, 'taskId' | 'offerKey' | 'createdAtMs' | 'deadlineMs'>): void {
    const stored: MemoryRequest = {
      ...request,
      seq: ++this.#seq,
      node: undefined,
      endedAtMs: undefined,
      endedAs: undefined,
      placed: 0,
      ends: 0,
      paidMicro: 0n,
      assignments: new Map(),
    }
    this.#byId.set(request.taskId, stored)
    const ofKey = this.#byKey.get(request.offerKey)
    if (ofKey === undefined) this.#byKey.set(request.offerKey, [stored])
    else ofKey.push(stored)
  }

  /** Ends it, if it has not ended. */
  finish(taskId: string, endedAs: NonNullable<MemoryRequest['endedAs']>, atMs: number): boolean {
    const request = this.#byId.get(taskId)
    if (request === undefined || request.endedAtMs !== undefined) return false
    request.endedAtMs = atMs
    request.endedAs = endedAs
    request.ends++
    return true
  }

  // ---- What the real code asks for. ----

  readonly store = {
    write: <T>(work: (tx: never) => T): Promise<T> => {
      this.#promised()
      return Promise.resolve(work(undefined as never))
    },
  }

  contents(taskId: string) {
    const request = this.#byId.get(taskId)
    return request === undefined ? undefined : { ...contents, deadlineMs: request.deadlineMs }
  }

  get(taskId: string): StoredRequest | undefined {
    const request = this.#byId.get(taskId)
    if (request === undefined) return undefined
    const { seq, offerKey, node, deadlineMs, createdAtMs, endedAtMs, endedAs } = request
    return {
      seq,
      taskId,
      driver: this.#driver,
      offerKey,
      state: endedAs ?? 'published',
      ...(node !== undefined && { node }),
      deadlineMs,
      createdAtMs,
      ...(endedAtMs !== undefined && { endedAtMs }),
      receiptState: 'none',
      priority: DEFAULT_PRIORITY,
      copies: 1,
    }
  }

  unplaced({ offerKey, priority, afterSeq, limit }: Parameters<RequestStore['unplaced']>[0]) {
    const rows: { seq: number; taskId: string }[] = []
    if (priority !== taskPriorities.indexOf(DEFAULT_PRIORITY)) return rows
    const ofKey = this.#byKey.get(offerKey) ?? []
    for (let index = firstAfter(ofKey, afterSeq); index < ofKey.length && rows.length < limit; index++) {
      const request = ofKey[index]
      if (request !== undefined && request.node === undefined && request.endedAtMs === undefined)
        rows.push({ seq: request.seq, taskId: request.taskId })
    }
    return rows
  }

  end(
    _tx: unknown,
    taskId: string,
    end: { state: 'failed' | 'expired' | 'cancelled'; atMs: number },
  ): boolean {
    return this.finish(taskId, end.state, end.atMs)
  }

  readonly assignments = {
    assign: (_tx: unknown, assignment: RequestAssignment) => {
      const request = this.#byId.get(assignment.taskId)
      if (request === undefined || request.endedAtMs !== undefined) return 'ended' as const
      request.node = assignment.node
      request.placed++
      request.assignments.set(assignment.node, assignment)
      return 'assigned' as const
    },
    unassign: (_tx: unknown, taskId: string, node: string, { forget }: { forget: boolean }): boolean => {
      const request = this.#byId.get(taskId)
      if (forget) request?.assignments.delete(node)
      if (request?.node !== node || request.endedAtMs !== undefined) return false
      request.node = undefined
      return true
    },
    reassign: (_tx: unknown, taskId: string, node: string): boolean => {
      const request = this.#byId.get(taskId)
      if (request === undefined || request.node !== undefined || request.endedAtMs !== undefined) return false
      request.node = node
      return true
    },
    forget: (_tx: unknown, taskId: string, node: string): void => {
      this.#byId.get(taskId)?.assignments.delete(node)
    },
    get: (taskId: string, node: string) => this.#byId.get(taskId)?.assignments.get(node),
    all: (taskId: string) => [...(this.#byId.get(taskId)?.assignments.values() ?? [])],
  }
}

function firstAfter(requests: readonly MemoryRequest[], seq: number): number {
  let [low, high] = [0, requests.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((requests[middle]?.seq ?? 0) > seq) high = middle
    else low = middle + 1
  }
  return low
}
