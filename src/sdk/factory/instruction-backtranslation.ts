import { z } from 'zod'
import { bounded, filled, whole } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { readJson } from './read-json.ts'
import { defineSingleton } from './singleton.ts'
import { tidyText } from './tidy-text.ts'

const PROMPT = `Judge whether a text is a good answer to an instruction, as an AI assistant would give it.

<instruction>
{{instruction}}
</instruction>
<answer>
{{generation}}
</answer>

Scores:
1: off the subject, incomplete, or not an answer: part of a page, an advertisement, a list of links.
2: about the subject, and misses most of what was asked.
3: helpful, and clearly not written as an answer to this person: an article, a forum post, a personal story.
4: a complete and clear answer from an assistant's point of view, with small faults in focus or wording.
5: a complete, correct, well-ordered answer by an expert, with nothing in it that is not needed.

Give the reasoning first, in one to three sentences, then the score that follows from it.
Answer with JSON: {"reasoning": "…", "score": 3}`

const output = z.object({
  reasoning: filled('Why it has this score'),
  score: whole(1, 5, 'From 1, no answer, to 5, an excellent one'),
})

/** Scores how well a text answers an instruction, to keep the good pairs only (instruction backtranslation of Humpback). */
export const InstructionBacktranslation = defineSingleton({
  name: 'InstructionBacktranslation',
  input: z.object({
    instruction: filled('The instruction, written for the text or found with it'),
    generation: filled('The text that is judged'),
  }),
  output,
  workflow: (input) =>
    oneAnswer({
      name: 'InstructionBacktranslation',
      memory: input,
      prompt: PROMPT,
      schema: z.object({
        reasoning: bounded(480, 'One to three sentences'),
        score: whole(1, 5, 'The score'),
      }),
      maxTokens: 512,
      temperature: 0,
    }),
  parse: (text) => {
    const value = readJson(text)
    if (typeof value === 'object' && !Array.isArray(value)) return value
    const [, reasoning, score] = /^([\s\S]*?)score\W{1,8}(\d)/i.exec(text) ?? []
    return {
      reasoning: tidyText(reasoning ?? '', ['reasoning']),
      score: score === undefined ? undefined : Number(score),
    }
  },
})
