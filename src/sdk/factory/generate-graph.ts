import { z } from 'zod'
import { bounded, filled, whole } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { readJson } from './read-json.ts'
import { defineSingleton } from './singleton.ts'

const PROMPT = `Draw a graph of the concepts of a text, as pairs of concepts and how they are related.

<text>
{{context}}
</text>

- node1, node2: concepts that the text names (things, persons, places, organisations, events, ideas, conditions), in one to four words, in
  the singular, and always called the same.
- edge: one short sentence that says how node1 is related to node2, as the text has it.
- At most {{maxRelations}} relations, the most important first. None that the text does not state.

Answer with JSON: {"graph": [{"node1": "…", "node2": "…", "edge": "…"}]}`

/** A graph of the concepts of a text and their relations (ontology extraction). */
export const GenerateGraph = defineSingleton({
  name: 'GenerateGraph',
  input: z.object({
    context: filled('The text'),
    maxRelations: whole(1, 40, 'How many relations there are at most').default(12),
  }),
  output: z.object({
    graph: z
      .array(
        z.object({
          node1: filled('A concept'),
          node2: filled('Another concept'),
          edge: filled('How the first is related to the second'),
        }),
      )
      .min(1)
      .describe('The relations'),
  }),
  workflow: (input) =>
    oneAnswer({
      name: 'GenerateGraph',
      memory: input,
      prompt: PROMPT,
      schema: z.object({
        graph: z
          .array(
            z.object({
              node1: bounded(60, 'A concept'),
              node2: bounded(60, 'Another concept'),
              edge: bounded(180, 'One sentence'),
            }),
          )
          .min(1)
          .max(input.maxRelations),
      }),
      maxTokens: 128 + input.maxRelations * 120,
      temperature: 0.2,
    }),
  parse: (text) => {
    const value = readJson(text)
    return Array.isArray(value) ? { graph: value } : value
  },
})
