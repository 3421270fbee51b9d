import { z } from 'zod'
import { filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { defineSingleton } from './singleton.ts'
import { tidyText } from './tidy-text.ts'

const PROMPT = `Write a short biography of a made-up person who lives in this setting:

<setting>
{{simulationDescription}}
</setting>

What is known of the person:
{{personaTraits}}

Three to five sentences in the third person: who they are, what they do, what they want. All that is known must be in it or agree with it; what
is not known you may invent, as an ordinary and believable life. Give the person a name.

Answer with the biography and nothing else.`

/** A short biography of a persona with given traits. */
export const PersonaBio = defineSingleton({
  name: 'PersonaBio',
  input: z.object({
    simulationDescription: filled('The setting in which the persona lives'),
    personaTraits: z
      .array(filled('A trait, as "age: 34"'))
      .min(1)
      .max(64)
      .describe('What is known of the persona'),
  }),
  output: z.object({ bio: filled('The biography') }),
  workflow: (input) => oneAnswer({ name: 'PersonaBio', memory: input, prompt: PROMPT, maxTokens: 512 }),
  parse: (text) => ({ bio: tidyText(text, ['(?:short )?(?:bio|biography)']) }),
})
