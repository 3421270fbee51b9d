import { TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { RequestStore } from '../requester/request-store.ts'
import type { Reader, Transaction } from '../store/contract.ts'
import type { CheckSubject, Verdict } from './contract.ts'
import { type Evidence, evidenceAfter, evidenceReason, fadedEvidence, noEvidence } from './evidence.ts'
import { evidenceThresholds as limits } from './thresholds.ts'

type EvidenceOf = Pick<CheckSubject, 'node' | 'assignment'>

interface EvidenceRow {
  at_ms: number
  score: number
  answers: number
  places: number
  strange: number
}

/** Writes after which the bound is seen to. */
const PRUNE_EVERY = 256
/** Nodes and models that something is known against; those that weigh least, and are oldest, are forgotten first. */
const MAX_RECORDS = 10_000

/**
 * Adds up what single checks are too weak to show: a node whose answers are slightly off, again and again, and one that
 * sends an answer that it kept. This data folder's own view, in its own table.
 */
export class EvidenceBook {
  readonly #requests: RequestStore
  readonly #maxRecords: number
  readonly #now: () => number
  #writes = 0

  constructor(
    requests: RequestStore,
    init: { readonly maxRecords?: number; readonly now?: () => number } = {},
  ) {
    this.#requests = requests
    this.#maxRecords = init.maxRecords ?? MAX_RECORDS
    this.#now = init.now ?? Date.now
  }

  /** What is known against a node, of a model's answers. */
  of(subject: EvidenceOf, reader: Reader = this.#requests.store): Evidence {
    const nowMs = this.#now()
    const row = reader.get<EvidenceRow>(
      'SELECT * FROM peer_evidence WHERE node = ? AND model_digest = ?',
      subject.node,
      subject.assignment.modelDigest,
    )
    if (row === undefined) return noEvidence(nowMs)
    const { at_ms: atMs, score, answers, places, strange } = row
    return fadedEvidence({ atMs, score, answers, places, strange }, nowMs)
  }

  /** It has gone far enough to look closer. */
  isSuspected(subject: EvidenceOf): boolean {
    return this.of(subject).score >= limits.suspectedNats
  }

  /**
   * Writes down what a verdict adds, and returns it, or the one that all of them come to. Who is caught begins anew: what
   * it does from then on is judged by itself.
   */
  weigh(tx: Transaction, subject: CheckSubject, verdict: Verdict): Verdict {
    const { evidence } = verdict
    if (evidence === undefined) return verdict
    if (evidence.strange > 0 && this.#isRepeated(tx, subject, evidence.logChance)) {
      return {
        kind: 'refuted',
        reason: 'it is not the text that this seed gives, but one that the node sent for another task, too',
      }
    }
    const after = evidenceAfter(this.of(subject, tx), evidence, this.#now())
    const isCaught = after.score >= limits.refutedNats
    this.#write(tx, subject, isCaught ? noEvidence(after.atMs) : after)
    return isCaught ? { kind: 'refuted', reason: evidenceReason(after) } : verdict
  }

  /** The node has sent the text for another seed, too, and it is none that chance would bring again. */
  #isRepeated(reader: Reader, { taskId, node, contents, outcome }: CheckSubject, logChance: number): boolean {
    if (logChance + Math.log(limits.repeatsAmong) > Math.log(limits.repeatChance)) return false
    const earlier = reader.all<{ task_id: string; outcome_payload: Uint8Array }>(
      `SELECT task_id, outcome_payload FROM requests WHERE node = ? AND outcome_payload IS NOT NULL AND task_id <> ?
       ORDER BY ended_at_ms DESC LIMIT ?`,
      node,
      taskId,
      limits.repeatsAmong,
    )
    const { seed } = contents.sampling
    return earlier.some(
      ({ task_id: other, outcome_payload: payload }) =>
        TaskOutcome.decode(payload).result === outcome.result &&
        // The same seed is to give the same text.
        (seed === undefined || this.#requests.contents(other)?.sampling.seed !== seed),
    )
  }

  #write(tx: Transaction, { node, assignment }: EvidenceOf, evidence: Evidence): void {
    if (evidence.score === 0) {
      tx.run('DELETE FROM peer_evidence WHERE node = ? AND model_digest = ?', node, assignment.modelDigest)
      return
    }
    tx.run(
      `INSERT OR REPLACE INTO peer_evidence (node, model_digest, at_ms, score, answers, places, strange)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      node,
      assignment.modelDigest,
      evidence.atMs,
      evidence.score,
      evidence.answers,
      evidence.places,
      evidence.strange,
    )
    if (++this.#writes % PRUNE_EVERY !== 1) return
    tx.run(
      `DELETE FROM peer_evidence WHERE (node, model_digest) IN (
         SELECT node, model_digest FROM peer_evidence ORDER BY score >= ? DESC, at_ms DESC LIMIT -1 OFFSET ?)`,
      limits.suspectedNats,
      this.#maxRecords,
    )
  }
}
