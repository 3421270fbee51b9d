import { z } from 'zod'
import { bounded, filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { readJson } from './read-json.ts'
import { defineSingleton } from './singleton.ts'
import { tagged } from './tidy-text.ts'

const CHARS = 320

const PROMPT = `Write three questions over three documents. All have the same short answer, and each needs one document more than the one before.

<document id="1">
{{document1}}
</document>
<document id="2">
{{document2}}
</document>
<document id="3">
{{document3}}
</document>

1. answer: a fact out of document 1: a name, a date, a place, a number, a thing.
2. oneHop: a question that document 1 alone answers.
3. twoHop: the same question, with something in it replaced by a description that only document 2 explains.
4. threeHop: the same again, with something further described so that document 3 is needed as well.

The questions must not mention documents, and must not contain the answer.
Answer with JSON: {"answer": "…", "oneHop": "…", "twoHop": "…", "threeHop": "…"}`

/** Questions over three documents that take one, two and three steps to answer (multi-hop question answering). */
export const MultiHopQuestion = defineSingleton({
  name: 'MultiHopQuestion',
  input: z.object({
    chunks: z
      .array(filled('A document'))
      .length(3, 'a list of three documents')
      .describe('Three documents that have to do with each other'),
  }),
  output: z.object({
    oneHop: filled('A question that one document answers'),
    twoHop: filled('One that takes two documents'),
    threeHop: filled('One that takes all three'),
    answer: filled('The answer to each of them'),
  }),
  workflow: ({ chunks: [document1 = '', document2 = '', document3 = ''] }) =>
    oneAnswer({
      name: 'MultiHopQuestion',
      memory: { document1, document2, document3 },
      prompt: PROMPT,
      schema: z.object({
        answer: bounded(CHARS / 2, 'A few words'),
        oneHop: bounded(CHARS, 'A question'),
        twoHop: bounded(CHARS, 'A question'),
        threeHop: bounded(CHARS, 'A question'),
      }),
      maxTokens: 640,
    }),
  parse: (text) =>
    readJson(text) ?? {
      oneHop: tagged(text, '1hop'),
      twoHop: tagged(text, '2hop'),
      threeHop: tagged(text, '3hop'),
      answer: tagged(text, 'answer'),
    },
})
