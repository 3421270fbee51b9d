import { callsByTag } from './calls-by-tag.ts'
import { defineCallParser } from './define-parser.ts'
import { llamaTag } from './llama.ts'
import { nousTag } from './nous.ts'

/**
 * Reads calls in whichever of the formats they are: what a `FUNCTION_CALLING_RAW` step gives, and what `OpenAIParser`,
 * `LlamaParser` and `NousParser` read. Of tags of two formats the first in the text counts.
 */
export const parseFunctionCalls = defineCallParser({
  expected: `{"name": "…", "arguments": {…}}, {"tool_calls": […]}, ${llamaTag.expected} or ${nousTag.expected}`,
  read: (text) => callsByTag(text, [nousTag, llamaTag], ['arguments', 'parameters']),
})
