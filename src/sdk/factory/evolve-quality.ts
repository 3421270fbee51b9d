import { z } from 'zod'
import { filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { defineSingleton } from './singleton.ts'
import { tidyText } from './tidy-text.ts'

const PROMPT = `Improve an answer. {{aim}}

The question:
<prompt>
{{prompt}}
</prompt>

The answer so far:
<response>
{{response}}
</response>

Rules:
- Keep what is right in the answer, and correct what is wrong.
- Still answer the question, in its language, without repeating it.
- Add nothing that you are not sure of, and no filler: at most twice as long as needed.

Answer with the improved answer and nothing else.`

const aims = {
  HELPFULNESS:
    'Make it more helpful: give the person what they need to act on it, such as steps, an example or a caution.',
  RELEVANCE:
    'Make it more relevant: cut what the question does not ask for, and answer every part of what it does.',
  DEEPENING: 'Make it deeper: explain why and how, not only what.',
  CREATIVITY: 'Make it more creative: an unexpected angle, image or example that still fits the question.',
  DETAILS: 'Make it more detailed: names, numbers, conditions and examples in place of general statements.',
} as const

export const qualityMethods = ['HELPFULNESS', 'RELEVANCE', 'DEEPENING', 'CREATIVITY', 'DETAILS'] as const

/** Rewrites a response so that it is better in one respect (quality evolution of Deita). */
export const EvolveQuality = defineSingleton({
  name: 'EvolveQuality',
  input: z.object({
    prompt: filled('What was asked'),
    response: filled('The response to improve'),
    method: z.enum(qualityMethods).describe('In which respect'),
  }),
  output: z.object({ evolvedResponse: filled('The improved response') }),
  workflow: ({ prompt, response, method }) =>
    oneAnswer({
      name: 'EvolveQuality',
      memory: { prompt, response, aim: aims[method] },
      prompt: PROMPT,
      maxTokens: 1024,
    }),
  parse: (text) => ({
    evolvedResponse: tidyText(text, [
      '(?:the )?(?:improved|new|rewritten) (?:answer|response)',
      'answer',
      'response',
    ]),
  }),
})
