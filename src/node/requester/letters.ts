import type { FromRequester, Signed } from '../../protocol/wire/messages.pb.ts'
import type { Found, LetterSearch } from '../mailbox/letter-search.ts'
import type { ReceiptDelivery } from './receipt-delivery.ts'
import type { RequestStore } from './request-store.ts'

/** Tasks of one node that are looked for at a time. */
const TASKS_PER_SEARCH = 128
/** Of these, whose assignments are looked at for the mailboxes that the node named. */
const ASSIGNMENTS_READ = 8

export interface LettersComponents {
  readonly requests: RequestStore
  readonly search: LetterSearch
  readonly receipts: () => Pick<ReceiptDelivery, 'receiptOf' | 'left'>
  readonly outcome: (node: string, signed: Signed) => Promise<FromRequester | undefined>
}

/** Results that nodes left for us with others when they went, and our receipts for them. */
export class Letters {
  readonly #components: LettersComponents

  constructor(components: LettersComponents) {
    this.#components = components
  }

  /**
   * Looks for some of the results, and leaves some of the receipts, of a node that cannot be reached. What comes of it is
   * stored, and paid, when this resolves. Rejects with the signal's reason, or where the store does.
   */
  async search(
    node: string,
    { tasks, receipts }: { tasks: readonly string[]; receipts: readonly string[] },
    options: { signal: AbortSignal },
  ): Promise<Found & { readonly searched: readonly string[] }> {
    const { requests, search, outcome } = this.#components
    const searched = tasks.slice(0, TASKS_PER_SEARCH)
    const owed = new Map<string, Signed>()
    for (const taskId of receipts.slice(0, TASKS_PER_SEARCH)) {
      const receipt = this.#components.receipts().receiptOf(taskId)
      if (receipt !== undefined) owed.set(taskId, receipt)
    }
    const named = [...searched, ...owed.keys()]
      .slice(0, ASSIGNMENTS_READ)
      .flatMap((taskId) => requests.assignments.get(taskId, node)?.mailboxes ?? [])
    const found = await search.run(
      { node, tasks: searched, receipts: owed, named, outcome: (signed) => outcome(node, signed) },
      options,
    )
    for (const taskId of found.answered) this.#components.receipts().left(node, taskId)
    return { ...found, searched }
  }
}
