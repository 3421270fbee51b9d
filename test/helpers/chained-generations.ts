export interface ChainedGenerationsInit {
  readonly steps: number
  readonly maxTokens: number
  readonly prompt: () => string
}

/** A workflow as JSON: so many generations, one after another, and all their answers as its result. */
export function chainedGenerations({ steps, maxTokens, prompt }: ChainedGenerationsInit): string {
  const ids = Array.from({ length: steps }, (_, index) => `step-${index}`)
  return JSON.stringify({
    config: { max_steps: steps + 1, max_time: 120, max_tokens: maxTokens },
    tasks: ids.map((id) => ({
      id,
      operator: 'generation',
      messages: [{ role: 'user', content: prompt() }],
      inputs: [],
      outputs: [{ type: 'push', key: 'answers', value: '__result' }],
    })),
    steps: ids.map((id, index) => ({ source: id, target: ids[index + 1] ?? '_end' })),
    return_value: { input: { type: 'get_all', key: 'answers' } },
  })
}
