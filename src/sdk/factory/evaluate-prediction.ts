import { z } from 'zod'
import { filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { readJson } from './read-json.ts'
import { defineSingleton } from './singleton.ts'
import { tidyText } from './tidy-text.ts'

const PROMPT = `Judge an answer by a text alone; what you know besides does not count.

<question>
{{question}}
</question>
<text>
{{context}}
</text>
<answer>
{{prediction}}
</answer>

"correct": it answers the question, and the text bears out all that it says.
"partially_correct": what it says is borne out, and an essential part of the answer is missing, or one of several claims is not borne out.
"incorrect": the text contradicts it.
"irrelevant": it does not answer the question, or speaks of what the text does not treat.

Answer with one of the four labels.`

export const evaluations = ['correct', 'partially_correct', 'incorrect', 'irrelevant'] as const

/** How faithful an answer is to a text (a model as the judge). */
export const EvaluatePrediction = defineSingleton({
  name: 'EvaluatePrediction',
  input: z.object({
    prediction: filled('The answer to judge'),
    question: filled('What was asked'),
    context: filled('The text that decides'),
  }),
  output: z.object({ evaluation: z.enum(evaluations).describe('The judgement') }),
  workflow: (input) =>
    oneAnswer({
      name: 'EvaluatePrediction',
      memory: input,
      prompt: PROMPT,
      schema: z.enum(evaluations),
      maxTokens: 32,
      temperature: 0,
    }),
  parse: (text) => {
    const value = readJson(text)
    if (typeof value === 'object' && !Array.isArray(value)) return value
    const said = tidyText(typeof value === 'string' ? value : text, ['answer', 'label', 'evaluation'])
    return {
      evaluation: said
        .toLowerCase()
        .replaceAll(/[^a-z]+/g, '_')
        .replaceAll(/^_|_$/g, ''),
    }
  },
})
