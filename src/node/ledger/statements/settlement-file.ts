import { readFile, stat } from 'node:fs/promises'
import { z } from 'zod'
import { DriadError } from '../../../protocol/errors.ts'
import { peerIdOfPublicKey } from '../../../protocol/wire/keys.ts'
import type { Signed } from '../../../protocol/wire/messages.pb.ts'
import { openSigned } from '../../../protocol/wire/signing.ts'
import { signedJson, signedSchema } from '../signed-json.ts'
import { type StatementFacts, statementFacts } from './statement-file.ts'

/** A statement, and the payer's word that it is paid: one line of JSON. */
const fileSchema = z.strictObject({
  driadSettlement: z.literal(1),
  node: z.string(),
  requester: z.string(),
  totalMicro: z.string(),
  reference: z.string(),
  statement: signedSchema,
  settlement: signedSchema,
})

/** A settlement is one line; what is larger is none. */
export const MAX_SETTLEMENT_BYTES = 64 * 1024

export interface SettledStatement {
  readonly statement: StatementFacts
  readonly settlement: Signed
  readonly reference: string
}

export function settlementFile(statement: Signed, settlement: Signed): string {
  const { statement: facts, reference } = openSettlement(statement, settlement)
  return JSON.stringify({
    driadSettlement: 1,
    node: facts.node,
    requester: facts.requester,
    totalMicro: String(facts.totalMicro),
    reference,
    statement: signedJson(statement),
    settlement: signedJson(settlement),
  })
}

/** Throws `bad_message` for what is no settlement of a statement, `bad_signature`. */
export function parseSettlementFile(text: string): SettledStatement {
  let parsed: z.output<typeof fileSchema>
  try {
    parsed = fileSchema.parse(JSON.parse(text))
  } catch (cause) {
    throw new DriadError('bad_message', 'It is not a settlement', { cause })
  }
  const { statement, settlement, driadSettlement: _, ...shown } = parsed
  const opened = openSettlement(statement, settlement)
  const { node, requester, totalMicro } = opened.statement
  const meant = { node, requester, totalMicro: String(totalMicro), reference: opened.reference }
  if (JSON.stringify(shown) !== JSON.stringify(meant)) {
    throw new DriadError('bad_message', 'The settlement says something else than what is signed in it')
  }
  return opened
}

/** Checks both signatures, and that the one who signed the settlement is the one who owes the statement. */
export function openSettlement(statement: Signed, settlement: Signed): SettledStatement {
  const facts = statementFacts(statement)
  const { message, publicKey } = openSigned('settlement', settlement)
  if (peerIdOfPublicKey(publicKey) !== facts.requester) {
    throw new DriadError('bad_signature', 'The settlement is not signed by who owes the statement')
  }
  const fits =
    peerIdOfPublicKey(message.node) === facts.node &&
    Buffer.from(message.statementHash).toString('hex') === facts.hash &&
    message.totalMicro === facts.totalMicro
  if (!fits) throw new DriadError('bad_message', 'The settlement is of another statement')
  return { statement: facts, settlement, reference: message.reference }
}

/** The text of a file that somebody named. Throws `bad_usage` where it cannot be read. */
export async function readSettlementFile(path: string): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_SETTLEMENT_BYTES) throw new Error('it is too large to be a settlement')
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DriadError('bad_usage', `The file ${path} cannot be read: ${reason}`, { cause })
  }
}
