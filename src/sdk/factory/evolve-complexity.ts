import { z } from 'zod'
import { filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { defineSingleton } from './singleton.ts'
import { tidyText } from './tidy-text.ts'

const PROMPT = `Make an instruction somewhat harder to fulfil, so that it takes more thought or more knowledge.

Do it in one of these ways, whichever suits the instruction best: add a condition that must hold; ask for a deeper treatment;
name a specific case in place of a general one; ask for several steps that build on each other.

Rules:
- It stays one instruction on the same subject, in the same language, with everything that it gives (data, code, names).
- It must make sense to a person, and be possible to fulfil.
- Use at most 30 words more than the old one has.
- Do not fulfil it.

The instruction:
<instruction>
{{instruction}}
</instruction>

Answer with the harder instruction and nothing else.`

/** Makes an instruction one step more complex (complexity evolution of Deita). */
export const EvolveComplexity = defineSingleton({
  name: 'EvolveComplexity',
  input: z.object({ instruction: filled('The instruction to make harder') }),
  output: z.object({ evolvedInstruction: filled('The harder instruction') }),
  workflow: (input) => oneAnswer({ name: 'EvolveComplexity', memory: input, prompt: PROMPT, maxTokens: 768 }),
  parse: (text) => ({
    evolvedInstruction: tidyText(text, ['(?:the )?(?:new|harder|rewritten) instruction', 'instruction']),
  }),
})
