import { z } from 'zod'
import { filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { defineSingleton } from './singleton.ts'
import { tidyCode } from './tidy-text.ts'

const PROMPT = `Change this {{language}} code as the instruction says.

<code>
{{code}}
</code>
<instruction>
{{instruction}}
</instruction>

- Give the whole code, changed; nothing may be left out or stand for "as before".
- Keep names, layout and behaviour wherever the instruction does not touch them.
- The result must run as it stands.

Answer with one code block and nothing else.`

/** Changes code as an instruction says. */
export const IterateCode = defineSingleton({
  name: 'IterateCode',
  input: z.object({
    code: filled('The code as it is'),
    instruction: filled('What should be changed'),
    language: filled('The programming language, as "python"'),
  }),
  output: z.object({ iteratedCode: filled('The changed code') }),
  workflow: (input) => oneAnswer({ name: 'IterateCode', memory: input, prompt: PROMPT, maxTokens: 2048 }),
  parse: (text) => ({ iteratedCode: tidyCode(text) }),
})
