import type { RequestEvent, TaskResult } from '../node/requester/contract.ts'
import type { StepReport } from '../protocol/workflow/step-report.ts'
import { type ExitCode, exitCodes, type Output } from './output.ts'

/** Prints how a task ended, or where it stands. Returns the exit code it means. */
export function printTask(
  output: Output,
  task: TaskResult,
  extra: { readonly steps?: readonly StepReport[] } = {},
): ExitCode {
  const failed = task.status === 'failed' || task.status === 'expired' || task.status === 'cancelled'
  output.result(
    { ...taskJson(task), ...extra },
    failed ? '' : (task.result ?? `${task.taskId} is ${task.status}`),
  )
  if (failed) {
    output.note(
      `driad: ${task.error?.message ?? `the task is ${task.status}`} (${task.error?.code ?? task.status})`,
    )
  } else if (task.status === 'completed') {
    output.note(summary(task))
  }
  return failed ? exitCodes.failed : exitCodes.done
}

/** The documented JSON of `run`, `publish` and `result`. Money as an integer. */
export function taskJson({ amountMicro, receipt, agreement, ...task }: TaskResult) {
  return {
    ...task,
    ...(amountMicro !== undefined && { amountMicro: BigInt(amountMicro) }),
    ...(receipt !== undefined && { receipt: { ...receipt, amountMicro: BigInt(receipt.amountMicro) } }),
    ...(agreement !== undefined && {
      agreement: {
        ...agreement,
        copies: agreement.copies.map(({ amountMicro: paid, ...copy }) => ({
          ...copy,
          ...(paid !== undefined && { amountMicro: BigInt(paid) }),
        })),
      },
    }),
  }
}

function summary({ taskId, model, node, stats, amountMicro, agreement, checks }: TaskResult): string {
  const parts = [`task ${taskId}`]
  if (model !== undefined) parts.push(`model ${model}`)
  if (node !== undefined) parts.push(`node ${node}`)
  if (agreement !== undefined) parts.push(`${agreement.agreed} of ${agreement.asked} nodes agree`)
  if (stats !== undefined) parts.push(`${stats.completionTokens} tokens in ${stats.totalMs} ms`)
  if (amountMicro !== undefined) parts.push(`${Number(amountMicro) / 1e6} credits`)
  const check = checks?.findLast((one) => one.node === node)
  if (check !== undefined) parts.push(`checked: ${check.verdict}, ${check.reason}`)
  return `\n${parts.join(' · ')}`
}

/** A line for people about what happens to a task; empty for what they need not know. */
export function describeEvent(event: RequestEvent): string {
  switch (event.type) {
    case 'notice':
      return event.message
    case 'state':
      if (event.state === 'accepted') {
        const model = event.model === undefined ? '' : `, with model ${event.model}`
        return `accepted by ${event.node ?? 'a node'}${model}`
      }
      return event.state === 'published' && event.reason !== undefined ? event.reason : ''
    case 'step':
    case 'text':
      return ''
  }
}
