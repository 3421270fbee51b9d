import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DriadError,
  type FunctionCall,
  LlamaParser,
  NousParser,
  OpenAIParser,
  parseFunctionCalls,
  toLlama,
  toNous,
  toOpenAI,
} from '../../../../src/sdk/index.ts'

const parsers = [OpenAIParser, LlamaParser, NousParser, { parse: parseFunctionCalls }]

/** Pieces of what models write, in any order and mixed with any text. */
const pieces = fc.oneof(
  fc.constantFrom(
    '{"name":',
    '"arguments":',
    '"parameters"',
    '"f"',
    '{"tool_calls":[',
    '{"function":',
    '<tool_call>',
    '</tool_call>',
    '<function=f>',
    '</function>',
    '<|python_tag|>',
    '<think>',
    '</think>',
    '```json\n',
    '{',
    '}',
    '[',
    ']',
    '{{',
    '}}',
    ',',
    "'",
    '"',
    '\\',
    ' ',
  ),
  fc.json(),
  fc.string({ unit: 'binary', maxLength: 8 }),
)
const text = fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join(''))

const args = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 6 }), { maxKeys: 5 }).map(
  // What JSON makes of it: -0 is 0.
  (value) => JSON.parse(JSON.stringify(value)) as FunctionCall['arguments'],
)
const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 40 })
  .filter((candidate) => candidate === candidate.trim() && !/[<>\r\n]/.test(candidate))
const calls = fc.array(fc.record({ name, arguments: args }), { minLength: 1, maxLength: 5 })

describe('any text', () => {
  it('gives calls or an error of ours, and nothing else', () => {
    fc.assert(
      fc.property(text, (value) => {
        for (const { parse } of parsers) {
          try {
            const found = parse(value)
            expect(found.length).toBeGreaterThan(0)
            for (const call of found) {
              expect(typeof call.name).toBe('string')
              expect(Array.isArray(call.arguments)).toBe(false)
              expect(typeof call.arguments).toBe('object')
            }
          } catch (error) {
            expect(error).toBeInstanceOf(DriadError)
            expect((error as DriadError).code).toBe('output_invalid')
          }
        }
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('any calls', () => {
  it.each([
    ['OpenAI', OpenAIParser, (made: FunctionCall[]) => JSON.stringify({ tool_calls: toOpenAI(made) })],
    ['Llama', LlamaParser, toLlama],
    ['Nous', NousParser, toNous],
    ['raw', OpenAIParser, (made: FunctionCall[]) => made.map((call) => JSON.stringify(call)).join('\n')],
  ] as const)('come back as they were written: %s', (_name, parser, write) => {
    fc.assert(
      fc.property(calls, fc.constantFrom('', 'Sure. ', '\n\n'), (made, before) => {
        const written = `${before}${write(made)}`
        for (const { parse } of [parser, { parse: parseFunctionCalls }]) {
          const found = parse(written).map((call) => ({ name: call.name, arguments: call.arguments }))
          // As text: an argument may be called __proto__.
          expect(JSON.stringify(found)).toBe(JSON.stringify(made))
        }
      }),
      { numRuns: 500 },
    )
  })
})
