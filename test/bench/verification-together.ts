import type { AnswerEvidence, VerdictKind } from '../../src/node/verification/contract.ts'
import { evidenceAfter, natsOf, noEvidence } from '../../src/node/verification/evidence.ts'
import { judgeScore } from '../../src/node/verification/judge-score.ts'
import { evidenceThresholds as limits } from '../../src/node/verification/thresholds.ts'
import { Random } from '../chaos/random.ts'
import { type Runner, type Sample, samplings, type TestBed, take } from './verification-bed.ts'

/** Nodes that are made up of a runner's answers, drawn at random, and checks of each. */
const NODES = 1_000
const CHECKS = 300
const SEED = 20_260_101

interface Checked {
  readonly kind: VerdictKind
  readonly evidence: AnswerEvidence | undefined
}

/** What checks of one node come to: after how many a cheat is caught, and how many honest nodes are. On inputs that set nothing. */
export async function benchTogether(
  bed: TestBed,
  { answers, maxTokens }: { readonly answers: number; readonly maxTokens: number },
): Promise<void> {
  const subtle = bed.cheats.filter(([, runner]) => runner.subtle === true)
  for (const [kind, runners] of [
    ['cheat', subtle],
    ['honest', bed.honest],
  ] as const) {
    for (const [row, runner] of runners) {
      for (const [how, sampling] of Object.entries(samplings)) {
        if (runner.drawnOnly === true && sampling.temperature === 0) continue
        const samples = await take(bed, runner, {
          sampling,
          phase: 'proof',
          maxTokens,
          answers: answersOf(runner, answers),
        })
        console.log(`${kind}, ${row}, ${how}: ${together(samples.map(checked))}`)
      }
    }
  }
}

/** Many, where they do not take long: rare deviations decide. */
function answersOf({ share }: Runner, answers: number): number {
  return share === undefined ? answers * 4 : answers
}

function checked({ request, scored, claimed }: Sample): Checked {
  const { kind, evidence } = judgeScore(scored, { request, claimed })
  return { kind, evidence }
}

function together(answers: readonly Checked[]): string {
  const random = new Random(SEED)
  const caughtAfter: number[] = []
  let byOne = 0
  let highest = 0
  for (let node = 0; node < NODES; node++) {
    let known = noEvidence(0)
    for (let check = 1; check <= CHECKS; check++) {
      const { kind, evidence } = random.pick(answers)
      if (kind === 'refuted') byOne++
      if (evidence !== undefined) known = evidenceAfter(known, evidence, 0)
      highest = Math.max(highest, known.score)
      if (kind !== 'refuted' && known.score < limits.refutedNats) continue
      caughtAfter.push(check)
      break
    }
  }
  caughtAfter.sort((a, b) => a - b)
  const after = (share: number) => caughtAfter[Math.floor(share * caughtAfter.length)]
  const found = answers.flatMap(({ evidence }) => evidence ?? [])
  const open = found.reduce((sum, { open }) => sum + open, 0)
  const strange = found.reduce((sum, { strange }) => sum + strange, 0)
  const parts = [
    `${answers.length} answers, ${(open / Math.max(1, found.length)).toFixed(1)} open in each`,
    `${(strange / open).toFixed(4)} others for each of these, ${strange} in all`,
    `${caughtAfter.length} of ${NODES} nodes caught within ${CHECKS} checks (${byOne} by one answer)`,
    ...(caughtAfter.length > 0 ? [`half of them after ${after(0.5)}, 95 % after ${after(0.95)}`] : []),
    `evidence of ${highest.toFixed(1)} nats at most, ${meanNats(found).toFixed(3)} for each answer`,
    `${found.filter(isNoChance).length} of ${found.filter((one) => one.strange > 0).length} with other tokens would be no chance if sent twice`,
  ]
  return parts.join('; ')
}

function meanNats(found: readonly AnswerEvidence[]): number {
  return found.reduce((sum, one) => sum + natsOf(one), 0) / Math.max(1, found.length)
}

function isNoChance({ strange, logChance }: AnswerEvidence): boolean {
  return strange > 0 && logChance + Math.log(limits.repeatsAmong) <= Math.log(limits.repeatChance)
}
