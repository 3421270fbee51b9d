import fc from 'fast-check'
import { expect, it } from 'vitest'
import { customRequest } from '../../../../src/node/tools/custom-request.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import type { CustomTool } from '../../../../src/protocol/workflow/schema.ts'

const tool = (parts: Partial<CustomTool>): CustomTool => ({
  name: 'ask',
  description: '',
  mode: 'http_request',
  url: 'https://api.example/',
  ...parts,
})

it('keeps an argument in the part of the address that it stands in', () => {
  const { url } = customRequest(tool({ url: 'https://{{a}}.example/{{a}}?q={{a}}' }), {
    a: 'x/../?&#@evil.example:80\r\n',
  })
  expect(url).toBe(
    'https://x%2F..%2F%3F%26%23%40evil.example%3A80%0D%0A.example/x%2F..%2F%3F%26%23%40evil.example%3A80%0D%0A?q=x%2F..%2F%3F%26%23%40evil.example%3A80%0D%0A',
  )
})

it('sends half a character as what stands for an unknown one', () => {
  expect(customRequest(tool({ url: 'https://api.example/{{a}}' }), { a: 'x\ud800' }).url).toBe(
    'https://api.example/x%EF%BF%BD',
  )
})

it.each<[string, Partial<CustomTool>]>([
  ['the address', { url: 'https://api.example/?{{a}}'.padEnd(40_000, '{{a}}') }],
  ['a header', { headers: { 'x-a': '{{a}}'.repeat(40_000) } }],
  ['a value of the body', { method: 'POST', body: { b: 'b{{a}}'.repeat(40_000) } }],
])('refuses an argument that is put very often into %s', (_where, parts) => {
  const startedAt = process.memoryUsage().heapUsed
  expect(() => customRequest(tool(parts), { a: 'x'.repeat(40_000) })).toThrow(
    expect.objectContaining({ code: 'tool_refused' }),
  )
  expect(process.memoryUsage().heapUsed - startedAt).toBeLessThan(256 * 1024 * 1024)
})

it('makes a request of any arguments, or refuses them, typed', () => {
  const any = tool({
    url: 'https://api.example/{{__proto__}}/{{a}}',
    method: 'POST',
    headers: { 'x-a': '{{a}}', ['__proto__']: '{{a}}' },
    body: { constructor: '{{a}}', deep: [{ b: '{{__proto__}} {{toString}}' }] },
  })
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('a', '__proto__', 'toString'),
        fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })),
      ),
      (args) => {
        try {
          const request = customRequest(any, args)
          expect(new URL(request.url).host).toBe('api.example')
          expect(JSON.parse(request.body ?? '')).toHaveProperty('deep')
        } catch (error) {
          expect(error).toBeInstanceOf(DriadError)
        }
      },
    ),
  )
})
