import { answerJson, answerText } from '../../../src/node/tools/answer-text.ts'
import { customRequest } from '../../../src/node/tools/custom-request.ts'
import { isPublicAddress, isPublicName } from '../../../src/node/tools/public-address.ts'
import { chunkText } from '../../../src/node/workflow/chunk-text.ts'
import { hasText, replaceText } from '../../../src/node/workflow/find-text.ts'
import { DriadError } from '../../../src/protocol/errors.ts'
import { LlamaParser } from '../../../src/sdk/parsers/llama.ts'
import { NousParser } from '../../../src/sdk/parsers/nous.ts'
import { OpenAIParser } from '../../../src/sdk/parsers/openai.ts'
import { parseFunctionCalls } from '../../../src/sdk/parsers/parse-function-calls.ts'
import { allowing, bytesOf, type FuzzTarget, mustHold, textOf } from '../target.ts'

const isTyped = (error: unknown) => error instanceof DriadError

const functionCalls: FuzzTarget = {
  name: 'function-calls',
  words: [
    '<tool_call>',
    '</tool_call>',
    '<|python_tag|>',
    '<function=',
    '</function>',
    '"arguments":',
    '```json',
    '"name":',
  ],
  seeds: () =>
    [
      '<tool_call>{"name":"f","arguments":{"a":1}}</tool_call>',
      '<function=f>{"a":1}</function>',
      '[{"id":"1","type":"function","function":{"name":"f","arguments":"{\\"a\\":1}"}}]',
      'Sure: ```json\n{"name":"f","parameters":{}}\n```',
    ].map(bytesOf),
  run: (input) => {
    const text = textOf(input)
    for (const parse of [parseFunctionCalls, NousParser.parse, LlamaParser.parse, OpenAIParser.parse])
      allowing(isTyped, () => parse(text))
  },
}

const answers: FuzzTarget = {
  name: 'tool-answers',
  words: [
    '<div>',
    '</div>',
    '<table>',
    '<!doctype html>',
    '<a href="',
    'text/html',
    'application/json',
    'charset=',
    '&#x',
  ],
  seeds: () =>
    [
      'text/html; charset=utf-8\0<!doctype html><h1>Title</h1><p>Text <a href="/x">link</a><table><tr><td>1</table>',
      'application/json\0{"a": [1, 2]}',
      'text/plain; charset=latin1\0Plain \u00e9',
      '\0<html><body>',
    ].map(bytesOf),
  run: (input) => {
    const at = input.indexOf(0)
    const contentType = Buffer.from(input.subarray(0, Math.max(0, at))).toString('latin1')
    const body = Buffer.from(input.subarray(at + 1))
    const answer = { url: 'https://example.com/', status: 200, contentType, body } as Parameters<
      typeof answerText
    >[0]
    allowing(isTyped, () => answerText(answer))
    allowing(isTyped, () => answerJson(answer))
  },
}

const customTools: FuzzTarget = {
  name: 'custom-tools',
  words: ['{{a}}', '{{ a }}', 'GET', 'POST', '__proto__', 'content-type'],
  seeds: () => [
    bytesOf(
      '{"tool":{"name":"t","url":"https://x.test/{{a}}","method":"POST","headers":{"h":"{{a}}"},"body":{"q":"{{a}}","n":[1]}},"args":{"a":"b c"}}',
    ),
  ],
  run: (input) => {
    const parsed = allowing(
      (error) => error instanceof SyntaxError,
      () => JSON.parse(textOf(input)) as unknown,
    )
    const { tool, args } = (parsed ?? {}) as {
      tool?: Record<string, unknown>
      args?: Record<string, unknown>
    }
    // Workflows are checked before: texts are texts and arguments an object.
    if (typeof tool?.['url'] !== 'string' || typeof args !== 'object' || args === null) return
    if (tool['method'] !== undefined && typeof tool['method'] !== 'string') return
    const headers = tool['headers'] ?? {}
    if (
      typeof headers !== 'object' ||
      !Object.values(headers as object).every((value) => typeof value === 'string')
    )
      return
    const request = allowing(isTyped, () => customRequest(tool as never, args))
    if (request === undefined || request.body === undefined) return
    JSON.parse(String(request.body))
  },
}

const searches: FuzzTarget = {
  name: 'find-text',
  maxBytes: 2_048,
  words: ['aaaa', 'abab', '$&', '$1'],
  seeds: () => ['ab\0x$&\0abcabcab', 'a\0\0aaaa', '0123456789012345678901234567890123\0y\0z'].map(bytesOf),
  run: (input) => {
    const [part = '', by = '', ...rest] = textOf(input).split('\0')
    const text = rest.join('\0')
    mustHold(hasText(text, part) === text.includes(part), 'a text is found where it is')
    if (part === '') return
    mustHold(
      replaceText(text, part, by) === text.split(part).join(by),
      'each place is replaced, and by the very text',
    )
  },
}

const chunks: FuzzTarget = {
  name: 'chunk-text',
  maxBytes: 4_096,
  seeds: () =>
    ['One. Two! Three? Four', 'word '.repeat(300), '😀'.repeat(400), 'x'.repeat(1_200)].map(bytesOf),
  run: (input) => {
    const text = textOf(input)
    const parts = chunkText(text, 1 + (input[0] ?? 0) * 2)
    mustHold(
      parts.every((part) => part !== ''),
      'no chunk is empty',
    )
    mustHold(
      parts.every((part) => part.isWellFormed()),
      'no chunk ends inside of a character',
    )
  },
}

const publicAddresses: FuzzTarget = {
  name: 'public-address',
  maxBytes: 256,
  words: ['127.0.0.1', '::ffff:', '0x7f', '10.', '192.168.', 'localhost', '.internal', '%eth0', '[::1]'],
  seeds: () =>
    ['8.8.8.8', '127.0.0.1', '::ffff:10.0.0.1', '2001:4860:4860::8888', 'example.com', '0177.1'].map(bytesOf),
  run: (input) => {
    const text = textOf(input)
    const isPublic = isPublicAddress(text)
    isPublicName(text)
    if (isPublic)
      mustHold(!/^(0*127|0*10)\.|^::1$/.test(text), 'this computer and its network are not public')
  },
}

export const textTargets: readonly FuzzTarget[] = [
  functionCalls,
  answers,
  customTools,
  searches,
  chunks,
  publicAddresses,
]
