import { z } from 'zod'
import { bounded, filled, whole } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { defineSingleton } from './singleton.ts'
import { tidyList } from './tidy-text.ts'

const PROMPT = `Divide a topic into {{numSubtopics}} subtopics, as the chapters of a book about it.

Topic: {{topic}}

Each subtopic is a name of two to six words that is clear without the others. Together they cover the topic, and none overlaps another.
Answer with JSON: {"subtopics": ["first", "second"]}`

/** The subtopics of a topic, to go through a field piece by piece. */
export const GenerateSubtopics = defineSingleton({
  name: 'GenerateSubtopics',
  input: z.object({
    topic: filled('The topic'),
    numSubtopics: whole(2, 30, 'How many there should be').default(8),
  }),
  output: z.object({ subtopics: z.array(filled('A subtopic')).min(1).describe('The subtopics, each once') }),
  workflow: (input) =>
    oneAnswer({
      name: 'GenerateSubtopics',
      memory: input,
      prompt: PROMPT,
      schema: z.object({ subtopics: z.array(bounded(80, 'A subtopic', 2)).length(input.numSubtopics) }),
      maxTokens: 64 + input.numSubtopics * 40,
    }),
  parse: (text) => ({ subtopics: tidyList(text) }),
})
