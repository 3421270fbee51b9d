import { z } from 'zod'
import { bounded, filled, whole } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { readJson } from './read-json.ts'
import { defineSingleton } from './singleton.ts'

const PROMPT = `Write three texts for measuring how well a system tells similar meanings apart. Each is one {{unit}} in {{language}}, for readers with the
education of: {{difficulty}}.

How similar two texts are, from 1 to 5: 1 unrelated, 2 the same subject only, 3 part of the meaning is the same, 4 almost the same meaning,
5 the same meaning in other words.

- S1: any {{unit}} of your choice, about something specific.
- S2: its similarity to S1 is {{highScore}}.
- S3: its similarity to S1 is {{lowScore}}.

S2 and S3 must not be told apart by their length or by the words that they share with S1, but by their meaning.
Answer with JSON: {"S1": "…", "S2": "…", "S3": "…"}`

const score = (of: string) => whole(1, 5, `How similar ${of} is to S1, from 1 to 5`)

/** Room for a unit of text, in characters. */
function charsOf(unit: string): number {
  if (/word|phrase/i.test(unit)) return 80
  return /sentence/i.test(unit) ? 240 : 900
}

/** Three texts of which the second is more similar to the first than the third is (data for text embeddings). */
export const SemanticTriplet = defineSingleton({
  name: 'SemanticTriplet',
  input: z
    .object({
      unit: filled('What each is, as "sentence" or "paragraph"'),
      language: filled('The language, as "English"'),
      highScore: score('S2'),
      lowScore: score('S3'),
      difficulty: filled('The education that it takes to understand them, as "college"'),
    })
    .refine(({ highScore, lowScore }) => lowScore < highScore, {
      path: ['lowScore'],
      error: 'a score below highScore',
    }),
  output: z.object({
    s1: filled('The first text'),
    s2: filled('The one that is more similar to it'),
    s3: filled('The one that is less similar to it'),
  }),
  workflow: (input) => {
    const chars = charsOf(input.unit)
    return oneAnswer({
      name: 'SemanticTriplet',
      memory: input,
      prompt: PROMPT,
      schema: z.object({
        S1: bounded(chars, `One ${input.unit}`),
        S2: bounded(chars, `One ${input.unit}`),
        S3: bounded(chars, `One ${input.unit}`),
      }),
      maxTokens: 64 + Math.ceil(chars * 1.5),
    })
  },
  parse: (text) => {
    const value = readJson(text) as Record<string, unknown> | undefined
    return {
      s1: value?.['S1'] ?? value?.['s1'],
      s2: value?.['S2'] ?? value?.['s2'],
      s3: value?.['S3'] ?? value?.['s3'],
    }
  },
})
