import { z } from 'zod'
import { filled } from './fields.ts'
import { oneAnswer } from './one-answer.ts'
import { defineSingleton } from './singleton.ts'
import { tidyText } from './tidy-text.ts'

const REWRITE = `Rewrite the prompt below. {{change}}

Rules:
- The new prompt must be understandable, and answerable by an expert, without seeing the old one.
- Keep its language, and all facts, numbers, code and tables that it gives.
- Do not answer the prompt, and do not mention that it was rewritten.

Prompt:
<prompt>
{{prompt}}
</prompt>

Answer with the new prompt and nothing else.`

const FRESH_START = `Write one question or request that a person might bring to an expert. It must use at least one of the words below in
its ordinary meaning, say all that is needed to answer it, and ask for one clear thing.

Words: {{prompt}}

Answer with the question or request and nothing else.`

const changes = {
  ADD_CONSTRAINTS:
    'Add one or two requirements that an answer must meet, such as a limit, a format, an audience or a case to cover.',
  DEEPEN: 'Make it ask for more depth: causes, consequences, comparisons or edge cases of the same subject.',
  CONCRETIZE:
    'Replace general notions in it by specific ones: a named case, a place, a quantity, a situation.',
  INCREASE_REASONING:
    'Make it need several steps of thought, each of which builds on the one before, and ask for those steps.',
  SWITCH_TOPIC:
    'Move it to another subject of the same field, as rare or as common, and as hard as the old one and of about the same length.',
} as const

export const mutationTypes = [
  'FRESH_START',
  'ADD_CONSTRAINTS',
  'DEEPEN',
  'CONCRETIZE',
  'INCREASE_REASONING',
  'SWITCH_TOPIC',
] as const

/** Makes a prompt harder, or another, in one of six ways (Evol-Instruct of WizardLM). */
export const EvolveInstruct = defineSingleton({
  name: 'EvolveInstruct',
  input: z.object({
    prompt: filled('The prompt to change; for FRESH_START some words to start from'),
    mutationType: z.enum(mutationTypes).describe('What is done to it'),
  }),
  output: z.object({ mutatedPrompt: filled('The new prompt') }),
  workflow: ({ prompt, mutationType }) =>
    oneAnswer({
      name: 'EvolveInstruct',
      memory: mutationType === 'FRESH_START' ? { prompt } : { prompt, change: changes[mutationType] },
      prompt: mutationType === 'FRESH_START' ? FRESH_START : REWRITE,
      maxTokens: 768,
    }),
  parse: (text) => ({ mutatedPrompt: tidyText(text, ['(?:the )?(?:new|rewritten) prompt', 'prompt']) }),
})
