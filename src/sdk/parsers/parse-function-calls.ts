import { bareCalls } from './bare-calls.ts'
import { defineCallParser } from './define-parser.ts'
import { llamaTag } from './llama.ts'
import { nousTag } from './nous.ts'
import { afterFence, taggedCalls } from './tagged-calls.ts'

const tags = [nousTag, llamaTag]

/**
 * Reads calls in whichever of the formats they are: what a `FUNCTION_CALLING_RAW` step gives, and what `OpenAIParser`,
 * `LlamaParser` and `NousParser` read. Of tags of two formats the first in the text counts.
 */
export const parseFunctionCalls = defineCallParser({
  expected: `{"name": "…", "arguments": {…}}, {"tool_calls": […]}, ${llamaTag.expected} or ${nousTag.expected}`,
  read: (text) => {
    // A tag in the arguments of a call that is all of a text is no format.
    const first = text[afterFence(text, 0)]
    const isJson = first === '{' || first === '['
    const found = isJson ? [] : tags.filter(({ open }) => text.includes(open))
    found.sort((one, other) => text.indexOf(one.open) - text.indexOf(other.open))
    for (const tag of found) {
      const calls = taggedCalls(text, tag)
      if (calls.length > 0) return calls
    }
    return bareCalls(text, ['arguments', 'parameters'])
  },
})
