import type { Signed } from '../../../protocol/wire/messages.pb.ts'

/** A statement that this node signed and stored. */
export interface IssuedStatement {
  /** Hex SHA-256 of what was signed: the statement's name. */
  readonly hash: string
  /** Peer id of who owes it. */
  readonly requester: string
  readonly fromMs: number
  readonly toMs: number
  readonly entries: number
  readonly totalMicro: bigint
  readonly signed: Signed
}

/**
 * A way by which statements become payments: a folder of files, or something that knows a chain or a bank. It is handed statements,
 * and gives back what payers signed when they had paid. That an entry is settled at most once is not its concern.
 */
export interface SettlementAdapter {
  /** Takes a statement, with its file's lines. The same one may come again, after a crash. */
  submit(
    statement: IssuedStatement,
    lines: AsyncIterable<string>,
    options: { signal: AbortSignal },
  ): Promise<void>
  /** Settlements that came in, as the text of settlement files. Each may come again until `taken`. */
  settlements(options: { signal: AbortSignal }): AsyncIterable<ReceivedSettlement>
}

export interface ReceivedSettlement {
  readonly text: string
  /** What became of it: undefined where it was taken, else why not. It need not come again. */
  taken(problem: string | undefined): Promise<void>
}
