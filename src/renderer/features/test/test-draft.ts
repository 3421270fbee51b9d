import type { TestRunInput } from '../../../protocol/views.ts'

/** What stands in the Test view's fields. Numbers are text until they are used: a field may be empty. */
export interface TestDraft {
  readonly kind: 'prompt' | 'workflow'
  readonly where: 'here' | 'network'
  readonly model: string
  readonly prompt: string
  readonly workflowJson: string
  readonly input: string
  readonly temperature: string
  readonly seed: string
  readonly maxTokens: string
}

export const emptyDraft: TestDraft = {
  kind: 'prompt',
  where: 'here',
  model: '',
  prompt: '',
  workflowJson: `{
  "config": { "max_steps": 10, "max_time": 60 },
  "tasks": [
    {
      "id": "answer",
      "operator": "generation",
      "messages": [{ "role": "user", "content": "Tell me about {topic}." }],
      "inputs": [{ "name": "topic", "required": true, "value": { "type": "input", "key": "" } }],
      "outputs": [{ "type": "write", "key": "answer", "value": "__result" }]
    },
    { "id": "end", "operator": "end", "messages": [] }
  ],
  "steps": [{ "source": "answer", "target": "end" }],
  "return_value": { "input": { "type": "read", "key": "answer" } }
}
`,
  input: '',
  temperature: '',
  seed: '',
  maxTokens: '',
}

export type DraftProblem = 'no-model' | 'no-prompt' | 'bad-json'

/** Why it cannot run yet; undefined where it can. */
export function draftProblem(draft: TestDraft): DraftProblem | undefined {
  if (draft.model === '') return 'no-model'
  if (draft.kind === 'prompt') return draft.prompt.trim() === '' ? 'no-prompt' : undefined
  try {
    JSON.parse(draft.workflowJson)
    return undefined
  } catch {
    return 'bad-json'
  }
}

export function runInput(draft: TestDraft): TestRunInput {
  return {
    where: draft.where,
    model: draft.model,
    ...(draft.kind === 'prompt' ? { prompt: draft.prompt } : { workflowJson: draft.workflowJson }),
    ...(draft.kind === 'workflow' && draft.input !== '' && { input: draft.input }),
    ...numberIn('temperature', draft.temperature),
    ...numberIn('seed', draft.seed),
    ...numberIn('maxTokens', draft.maxTokens),
  }
}

function numberIn(name: 'temperature' | 'seed' | 'maxTokens', text: string): { [name: string]: number } {
  const value = Number(text)
  return text.trim() === '' || !Number.isFinite(value) ? {} : { [name]: value }
}

/** The same task as code for the SDK. */
export function sdkCode(draft: TestDraft): string {
  const input = runInput(draft)
  const sampling = [
    ...(input.temperature === undefined ? [] : [`temperature: ${input.temperature}`]),
    ...(input.seed === undefined ? [] : [`seed: ${input.seed}`]),
  ]
  const options = [
    ...(input.input === undefined ? [] : [`  input: ${JSON.stringify(input.input)},`]),
    ...(sampling.length === 0 ? [] : [`  sampling: { ${sampling.join(', ')} },`]),
  ]
  const maxTokens = input.maxTokens === undefined ? '' : `, maxTokens: ${input.maxTokens}`
  const workflow =
    draft.kind === 'prompt'
      ? `Simple.workflow({ prompt: ${JSON.stringify(draft.prompt)}${maxTokens} })`
      : draft.workflowJson.trim().replaceAll('\n', '\n  ')
  return `import { Driad, ${draft.kind === 'prompt' ? 'Simple, ' : ''}Task } from 'driad'

const task = new Task({
  workflow: ${workflow},
  models: [${JSON.stringify(draft.model)}],
${options.map((line) => `${line}\n`).join('')}})

await using driad = new Driad()
const { result } = await driad.execute(task, { timeoutMs: 60_000 })
console.log(result)
`
}
