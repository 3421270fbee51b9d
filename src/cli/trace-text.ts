import type { StepEnded, StepReport } from '../protocol/workflow/step-report.ts'

const SHOWN_CHARS = 160

/** A step's report as lines for people. */
export function traceText(report: StepReport): string {
  if (report.type === 'step') return `#${report.index} ${report.taskId} (${report.operator})`
  const lines = [
    ...Object.entries(report.inputs).map(([name, text]) => `   ${name} = ${shown(text)}`),
    ...(report.calls ?? []).map(
      (call) => `   calls ${call.name}(${shown(JSON.stringify(call.arguments))}) ${callEnd(call)}`,
    ),
    ...(report.output === undefined ? [] : [`   → ${shown(report.output)}`]),
    ...(report.error === undefined ? [] : [`   failed: ${report.error}`]),
    ...report.changes.map(changeText),
    `   ${Math.round(report.durationMs)} ms${tokensText(report)}, ${branchText(report)}`,
  ]
  return lines.join('\n')
}

function callEnd({ answer, error }: NonNullable<StepEnded['calls']>[number]): string {
  if (error !== undefined) return `failed: ${error}`
  return answer === undefined ? '' : `→ ${shown(answer)}`
}

function changeText(change: StepEnded['changes'][number]): string {
  switch (change.type) {
    case 'write':
      return `   ${change.key} := ${shown(change.text)}`
    case 'push':
      return `   ${change.key} += ${shown(change.text)}`
    case 'pop':
      return `   ${change.key} -= its newest item`
    case 'insert':
      return `   files += ${change.chunks} chunks`
  }
}

function tokensText({ promptTokens, completionTokens }: StepEnded): string {
  return promptTokens === undefined ? '' : `, ${promptTokens} + ${completionTokens ?? 0} tokens`
}

function branchText({ branch, next }: StepEnded): string {
  if (branch === 'failed') return 'the run ends'
  const why = { target: '', target_if_not: ' (the condition does not hold)', fallback: ' (fallback)' }[branch]
  return `then ${next}${why}`
}

function shown(text: string): string {
  const line = JSON.stringify(text)
  return line.length <= SHOWN_CHARS ? line : `${line.slice(0, SHOWN_CHARS - 1)}…`
}
