import type { ComputeNode } from '../../node/compute-node/compute-node.ts'
import { DriadError } from '../../protocol/errors.ts'
import { type AnswerOnceInit, answerOnce } from './answer-once.ts'
import { startDetached } from './guard.ts'
import { enterProbation, type ProbationInit } from './probation.ts'

export interface FirstStartInit extends ProbationInit, AnswerOnceInit {
  readonly open: () => Promise<ComputeNode>
  /** The arguments to start the previous version with. */
  readonly args: readonly string[]
}

/**
 * Opens the node. A version that was just installed has to prove itself: it opens the database and answers a prompt before anything
 * else. Undefined where it is unfit and the previous version takes over: this one is to end. `fit` is false where there is none to take
 * over: it must not join then unless it is told to. Throws what `open` throws.
 */
export async function openProven(
  init: FirstStartInit,
): Promise<{ readonly node: ComputeNode; readonly fit: boolean } | undefined> {
  const probation = enterProbation(init)
  if (probation === undefined) return { node: await init.open(), fit: true }
  let node: ComputeNode | undefined
  try {
    if (probation.hopeless !== undefined) throw new DriadError('verification_failed', probation.hopeless)
    node = await init.open()
    await answerOnce(init)
    probation.confirm()
    return { node, fit: true }
  } catch (cause) {
    const { message } = DriadError.from(cause)
    // The previous version needs the data folder.
    if (probation.givesWay) await node?.stop()
    const outcome = await probation.fail(message)
    if (outcome === 'rolled_back' && init.installation !== undefined)
      startDetached(init.installation.executable, init.args)
    if (outcome !== 'stays') return undefined
    if (node === undefined) throw cause
    return { node, fit: false }
  }
}
