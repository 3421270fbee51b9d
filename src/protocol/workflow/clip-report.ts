import type { StepEnded, StepReport } from './step-report.ts'

/** Characters that each text of a report keeps at first; halved until all of it fits. */
const TEXT_CHARS = 4096
const LEAST_CHARS = 8
/** Inputs, messages, calls and changes that a clipped report keeps of each. */
const ENTRIES = 64

/** The JSON of a report in at most `maxBytes` of UTF-8: where it has more, texts are shortened and long lists cut. */
export function clippedReportJson(report: StepReport, maxBytes: number): string {
  const whole = JSON.stringify(report)
  if (report.type === 'step' || fits(whole, maxBytes)) return whole
  for (let chars = TEXT_CHARS, entries = ENTRIES; chars >= LEAST_CHARS; chars /= 2, entries /= 2) {
    const json = JSON.stringify(clipped(report, chars, Math.max(1, Math.floor(entries))))
    if (fits(json, maxBytes)) return json
  }
  const { type, index, durationMs, branch } = report
  return JSON.stringify({
    type,
    index,
    taskId: clip(report.taskId, LEAST_CHARS),
    durationMs,
    branch,
    next: clip(report.next, LEAST_CHARS),
    inputs: {},
    changes: [],
    clipped: true,
  } satisfies StepEnded)
}

function clipped(report: StepEnded, chars: number, entries: number): StepEnded {
  const { inputs, messages, calls, output, error, changes } = report
  return {
    ...report,
    inputs: Object.fromEntries(
      Object.entries(inputs)
        .slice(0, entries)
        .map(([name, text]) => [clip(name, chars), clip(text, chars)]),
    ),
    ...(messages && {
      messages: messages
        .slice(-entries)
        .map(({ role, content }) => ({ role, content: clip(content, chars) })),
    }),
    ...(calls && {
      calls: calls.slice(-entries).map((call) => ({
        ...call,
        name: clip(call.name, chars),
        arguments: clippedArguments(call.arguments, chars),
        ...(call.answer === undefined ? {} : { answer: clip(call.answer, chars) }),
        ...(call.error === undefined ? {} : { error: clip(call.error, chars) }),
      })),
    }),
    ...(output === undefined ? {} : { output: clip(output, chars) }),
    ...(error === undefined ? {} : { error: clip(error, chars) }),
    changes: changes.slice(0, entries).map((change) => ({
      ...change,
      ...('key' in change ? { key: clip(change.key, chars) } : {}),
      ...('text' in change ? { text: clip(change.text, chars) } : {}),
    })) as StepEnded['changes'],
    clipped: true,
  }
}

function clippedArguments(given: Readonly<Record<string, unknown>>, chars: number): Record<string, unknown> {
  const json = JSON.stringify(given)
  return json.length <= chars ? { ...given } : { '…': clip(json, chars) }
}

function clip(text: string, chars: number): string {
  if (text.length <= chars) return text
  // A half of a surrogate pair has no UTF-8.
  return `${text.slice(0, chars - 1).replace(/[\ud800-\udbff]$/, '')}…`
}

function fits(json: string, maxBytes: number): boolean {
  return (
    json.length <= maxBytes &&
    (json.length * 3 <= maxBytes || new TextEncoder().encode(json).length <= maxBytes)
  )
}
