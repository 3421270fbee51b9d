import type { TestRunInput } from '../../../protocol/views.ts'

/** Where one run happens. */
export type RunPlace = TestRunInput['where']

/** What stands in the Test view's fields. Numbers are text until they are used: a field may be empty. */
export interface TestDraft {
  readonly kind: 'prompt' | 'workflow'
  /** `both`: the same task twice, side by side. */
  readonly where: RunPlace | 'both'
  readonly model: string
  readonly prompt: string
  readonly workflowJson: string
  readonly input: string
  readonly temperature: string
  readonly seed: string
  /** Of a prompt's answer; a workflow says it itself. */
  readonly maxTokens: string
}

export const emptyDraft: TestDraft = {
  kind: 'prompt',
  where: 'here',
  model: '',
  prompt: '',
  // not words
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

/** The runs that the draft asks for: one, or one in each place. */
export function runInputs(draft: TestDraft): readonly TestRunInput[] {
  const places: readonly RunPlace[] = draft.where === 'both' ? ['here', 'network'] : [draft.where]
  return places.map((where) => runInput(draft, where))
}

function runInput(draft: TestDraft, where: RunPlace): TestRunInput {
  return {
    where,
    model: draft.model,
    ...(draft.kind === 'prompt'
      ? { prompt: draft.prompt, ...numberIn('maxTokens', draft.maxTokens) }
      : { workflowJson: draft.workflowJson, ...(draft.input !== '' && { input: draft.input }) }),
    ...numberIn('temperature', draft.temperature),
    ...numberIn('seed', draft.seed),
  }
}

function numberIn(name: 'temperature' | 'seed' | 'maxTokens', text: string): { [name: string]: number } {
  const value = readNumber(text)
  return value === undefined || !Number.isFinite(value) ? {} : { [name]: value }
}

/** What was typed, with a decimal comma or a point; undefined where that is nothing, NaN where it is no number. */
export function readNumber(text: string): number | undefined {
  return text.trim() === '' ? undefined : Number(text.replace(',', '.'))
}

/** The fields that make the same run again. What another kind of task had in its fields stays there. */
export function draftOf(input: TestRunInput): Partial<TestDraft> {
  const number = (value: number | undefined) => (value === undefined ? '' : String(value))
  return {
    where: input.where,
    model: input.model,
    temperature: number(input.temperature),
    seed: number(input.seed),
    ...(input.workflowJson === undefined
      ? { kind: 'prompt', prompt: input.prompt ?? '', maxTokens: number(input.maxTokens) }
      : { kind: 'workflow', workflowJson: input.workflowJson, input: input.input ?? '' }),
  }
}
