import { DriadError } from '../../protocol/errors.ts'
import { parseScoreReport, type ScoreReport } from '../../protocol/score-report.ts'
import { taskSeed } from '../../protocol/task-seed.ts'
import { SCORED_TEXT_BYTES } from '../../protocol/wire/limits.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { Standing } from '../reputation/peer-record.ts'
import type { Requester } from '../requester/contract.ts'
import type { RequestStore } from '../requester/request-store.ts'
import { type AskedRequest, answeredRequest } from './answered-request.ts'
import { storedSubject } from './check-store.ts'
import type { Checker, CheckSubject, Verdict } from './contract.ts'
import { judgeScore } from './judge-score.ts'
import { isRepeatable } from './replay-task.ts'

export interface SecondNodeComponents {
  readonly requester: () => Pick<Requester, 'publish' | 'wait' | 'cancel'>
  readonly requests: RequestStore
  readonly standing: (node: string) => Standing
  readonly parseWorkflow: (json: string) => Workflow
}

export interface SecondNodeInit {
  /** How long one node may take to be found and to answer. */
  readonly opinionMs?: number
}

const OPINION_MS = 30_000
/** What nodes of a lower standing say of others is not listened to. */
const LEAST_SCORE = 0.35
/** Of those that are asked in vain. */
const MAX_UNHEARD = 3

interface Opinion {
  readonly node: string
  readonly verdict: Verdict
}

/**
 * Has another node read the answer, for the price of a prompt of that length. What it says is its word against the
 * first one's: two must agree that a result is wrong, unless the first of them is trusted and the accused is not.
 */
export class SecondNodeChecker implements Checker {
  readonly method = 'second_node'
  readonly #components: SecondNodeComponents
  readonly #opinionMs: number

  constructor(components: SecondNodeComponents, { opinionMs = OPINION_MS }: SecondNodeInit = {}) {
    this.#components = components
    this.#opinionMs = opinionMs
  }

  canCheck({ contents, outcome }: CheckSubject): boolean {
    return (
      contents.scoreText === undefined &&
      Buffer.byteLength(outcome.result) <= SCORED_TEXT_BYTES &&
      isRepeatable(this.#components.parseWorkflow(contents.workflowJson))
    )
  }

  async check(subject: CheckSubject, { signal }: { signal: AbortSignal }): Promise<Verdict> {
    const { standing, parseWorkflow } = this.#components
    const { contents, outcome, node } = subject
    const workflow = parseWorkflow(contents.workflowJson)
    const sampling = { ...contents.sampling, seed: contents.sampling.seed ?? taskSeed(subject.taskId) }
    const run = { workflow, sampling, result: outcome.result }
    const request = await answeredRequest(
      { ...run, ...(contents.input !== undefined && { input: contents.input }) },
      { signal },
    )
    if (request === undefined)
      return unclear('only the answer of a single generation can be shown to another node')
    const first = await this.#hear(subject, request, [node], signal)
    if (first.verdict.kind !== 'refuted') return first.verdict
    if (standing(first.node).trusted && !standing(node).trusted) return first.verdict
    const second = await this.#hear(subject, request, [node, first.node], signal).catch((error: unknown) => {
      signal.throwIfAborted()
      if (error instanceof DriadError) return undefined
      throw error
    })
    if (second?.verdict.kind === 'refuted') return second.verdict
    const others = second === undefined ? 'there is no third' : 'a third one does not'
    return unclear(`another node finds it wrong (${first.verdict.reason}), and ${others}`)
  }

  /** The first opinion of a node that is worth hearing. */
  async #hear(
    subject: CheckSubject,
    request: AskedRequest,
    notTo: readonly string[],
    signal: AbortSignal,
  ): Promise<Opinion> {
    const unheard: string[] = []
    for (;;) {
      const opinion = await this.#ask(subject, request, [...notTo, ...unheard], signal)
      if (this.#components.standing(opinion.node).score >= LEAST_SCORE) return opinion
      unheard.push(opinion.node)
      if (unheard.length > MAX_UNHEARD)
        throw new DriadError('no_node', 'No node that could be believed looked at the result')
    }
  }

  /** Throws `no_node` where nobody else answers in time. */
  async #ask(
    { taskId, assignment, contents, outcome }: CheckSubject,
    request: AskedRequest,
    notTo: readonly string[],
    signal: AbortSignal,
  ): Promise<Opinion> {
    const { requests } = this.#components
    const requester = this.#components.requester()
    const maxPrice = requests.terms(taskId)?.maxPrice
    const checkId = await requester.publish(
      {
        workflow: withMaxTokens(
          contents.workflowJson,
          tokensAtMost(request, assignment.contextSize, outcome),
        ),
        models: [assignment.model],
        sampling: { ...contents.sampling, seed: contents.sampling.seed ?? taskSeed(taskId) },
        scoreText: outcome.result,
        notTo,
        deadlineMs: Date.now() + this.#opinionMs,
        ...(maxPrice !== undefined && { maxPrice }),
        ...(contents.input !== undefined && { input: contents.input }),
      },
      { signal },
    )
    const { node, result } = await requester.wait(checkId, { signal }).catch(async (error: unknown) => {
      await requester.cancel(checkId).catch(() => undefined)
      throw error
    })
    if (node === undefined || result === undefined)
      throw new DriadError('no_node', `No other node that serves ${assignment.model} looked at the result`)
    const digest = storedSubject(requests, checkId, node)?.outcome.modelDigest ?? new Uint8Array(0)
    if (!Buffer.from(digest).equals(assignment.modelDigest))
      return { node, verdict: unclear('the other node has other weights under that name') }
    const report = parseScoreReport(result)
    if (report === undefined) return { node, verdict: unclear('the other node does not look at answers') }
    return { node, verdict: judgeScore(report satisfies ScoreReport, { request, claimed: outcome }) }
  }
}

/** Where the first node sees less at once, its answers end sooner. */
function tokensAtMost(
  request: AskedRequest,
  contextSize: number,
  { promptTokens }: { readonly promptTokens: number },
): number {
  return Math.min(request.maxTokens, Math.max(1, contextSize - promptTokens))
}

function withMaxTokens(workflowJson: string, maxTokens: number): unknown {
  const workflow = JSON.parse(workflowJson) as { config: Record<string, unknown> }
  return { ...workflow, config: { ...workflow.config, max_tokens: maxTokens } }
}

function unclear(reason: string): Verdict {
  return { kind: 'unclear', reason }
}
