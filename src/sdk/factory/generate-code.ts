import { z } from 'zod'
import { filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { defineSingleton } from './singleton.ts'
import { tidyCode } from './tidy-text.ts'

const PROMPT = `Write code in {{language}} that does the following.

<instruction>
{{instruction}}
</instruction>

- Complete: it runs as it stands, with its imports, and without parts left out.
- Robust: wrong input and failures lead to a clear error.
- Readable: telling names, small functions, comments where the reason is not plain.

Answer with one code block and nothing else.`

/** Code for an instruction. */
export const GenerateCode = defineSingleton({
  name: 'GenerateCode',
  input: z.object({
    instruction: filled('What the code should do'),
    language: filled('The programming language, as "python"'),
  }),
  output: z.object({ code: filled('The code') }),
  workflow: (input) => oneAnswer({ name: 'GenerateCode', memory: input, prompt: PROMPT, maxTokens: 2048 }),
  parse: (text) => ({ code: tidyCode(text) }),
})
