import { z } from 'zod'
import { filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { readJson } from './read-json.ts'
import { defineSingleton } from './singleton.ts'
import { tidyText } from './tidy-text.ts'

const PROMPT = `Does the predicted answer say the same as the correct answer?

<correct>
{{correctAnswer}}
</correct>
<predicted>
{{prediction}}
</predicted>

true: the predicted answer means the same, in whatever words, or contains the correct answer and nothing that contradicts it.
false: it means something else, leaves an essential part out, contradicts the correct answer, or does not answer.

Answer with true or false.`

/** Whether a prediction means the same as the correct answer (a model as the judge). */
export const ValidatePrediction = defineSingleton({
  name: 'ValidatePrediction',
  input: z.object({
    prediction: filled('The answer to judge'),
    correctAnswer: filled('The answer that is known to be right'),
  }),
  output: z.object({ validation: z.boolean().describe('Whether both say the same') }),
  workflow: (input) =>
    oneAnswer({
      name: 'ValidatePrediction',
      memory: input,
      prompt: PROMPT,
      schema: z.boolean(),
      maxTokens: 16,
      temperature: 0,
    }),
  parse: (text) => {
    const value = readJson(text)
    if (typeof value === 'object' && value !== null) return value
    const said = /^(true|false|yes|no)\b/i.exec(tidyText(text, ['answer', 'validation']))?.[1]?.toLowerCase()
    return { validation: said === undefined ? undefined : said === 'true' || said === 'yes' }
  },
})
