import { z } from 'zod'
import { bounded, filled, whole } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { defineSingleton } from './singleton.ts'
import { tidyList } from './tidy-text.ts'

const CHARS = 280

const PROMPT = `You write test requests for an AI application, as its users would type them.

Application: {{applicationDescription}}
Setting in which it is used: {{context}}
What the requests should be like: {{criteriaForQueryGeneration}}

Write {{numInstructions}} requests. Each must
- be one that this application can serve, in this setting;
- make sense by itself, without any other request or answer;
- differ from the others in subject and in wording (questions, commands, short and long ones);
- be at most two sentences.

Answer with JSON: {"instructions": ["first request", "second request"]}`

/** Requests that users of an application might make, for training or testing it (Self-Instruct). */
export const SelfInstruct = defineSingleton({
  name: 'SelfInstruct',
  input: z.object({
    numInstructions: whole(1, 30, 'How many requests are written'),
    criteriaForQueryGeneration: filled('What the requests should be like'),
    applicationDescription: filled('What the AI application does'),
    context: filled('The setting in which it is used'),
  }),
  output: z.object({
    instructions: z.array(filled('One request')).min(1).describe('The requests, each once'),
  }),
  workflow: (input) =>
    oneAnswer({
      name: 'SelfInstruct',
      memory: input,
      prompt: PROMPT,
      schema: z.object({
        instructions: z.array(bounded(CHARS, 'One request', 8)).length(input.numInstructions),
      }),
      maxTokens: 128 + input.numInstructions * 112,
    }),
  parse: (text) => ({ instructions: tidyList(text) }),
})
