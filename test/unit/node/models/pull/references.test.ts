import { expect, it } from 'vitest'
import { filesOfPath, filesOfQuantisation } from '../../../../../src/node/models/pull/model-files.ts'
import { modelReference } from '../../../../../src/node/models/pull/model-reference.ts'
import { checkedRequest, pullRequestOf } from '../../../../../src/node/models/pull/pull-request.ts'

it.each([
  ['llama3.2:3b', { kind: 'name', name: 'llama3.2:3b' }],
  ['hf:ana/tiny-GGUF', { kind: 'repository', repository: 'ana/tiny-GGUF', quantisation: undefined }],
  ['hf:ana/tiny-GGUF:Q4_K_M', { kind: 'repository', repository: 'ana/tiny-GGUF', quantisation: 'Q4_K_M' }],
  ['ana/tiny:Q8_0', { kind: 'repository', repository: 'ana/tiny', quantisation: 'Q8_0' }],
  ['ana/tiny/a.gguf', { kind: 'file', repository: 'ana/tiny', path: 'a.gguf' }],
  ['ana/tiny/Q4/a.gguf', { kind: 'file', repository: 'ana/tiny', path: 'Q4/a.gguf' }],
])('understands %s', (text, expected) => {
  expect(modelReference(text)).toEqual(expected)
})

it('takes the file where the page of it is named', () => {
  const reference = modelReference('https://huggingface.co/ana/tiny/blob/main/a.gguf?x=1#top')
  expect(reference).toMatchObject({ kind: 'url' })
  if (reference.kind === 'url')
    expect(reference.url.href).toBe('https://huggingface.co/ana/tiny/resolve/main/a.gguf?x=1')
})

it.each([
  '',
  'a b',
  'hf:',
  'hf:tiny',
  'ana/tiny/../x.gguf',
  'ana/tiny/a.bin',
  'ana//a.gguf',
  'ana/tiny:',
  'ana/tiny:a:b',
  '../etc/passwd.gguf',
  'https://example.com/model.bin',
  'https://user:secret@example.com/a.gguf',
  'file:///etc/a.gguf',
  'x'.repeat(5000),
])('refuses %s', (text) => {
  expect(() => modelReference(text)).toThrow(expect.objectContaining({ code: 'bad_usage' }))
  expect(() => modelReference(text)).not.toThrow('secret')
})

const listed = (...paths: string[]) => paths.map((path) => ({ path, sizeBytes: 1, sha256: undefined }))
const chosen = (files: ReturnType<typeof listed>, quantisation?: string) =>
  filesOfQuantisation(files, quantisation, 'ana/x').map(({ path }) => path)

it('picks the quantisation that is named, whole', () => {
  const files = listed(
    'README.md',
    'mmproj-F16.gguf',
    'x-Q4_K_M.gguf',
    'x-Q4_K_S.gguf',
    'x-IQ4_K_M-imat.gguf',
    'Q8_0/x-Q8_0-00001-of-00002.gguf',
    'Q8_0/x-Q8_0-00002-of-00002.gguf',
    'x.f16.gguf',
  )
  expect(chosen(files)).toEqual(['x-Q4_K_M.gguf'])
  expect(chosen(files, 'q4_k_s')).toEqual(['x-Q4_K_S.gguf'])
  expect(chosen(files, 'Q8_0')).toEqual([
    'Q8_0/x-Q8_0-00001-of-00002.gguf',
    'Q8_0/x-Q8_0-00002-of-00002.gguf',
  ])
  expect(chosen(files, 'F16')).toEqual(['x.f16.gguf'])
  expect(() => chosen(files, 'Q4')).toThrow(/no Q4\. There are x-Q4_K_M/)
  expect(() => chosen(files, '.*')).toThrow(/no \.\*/)
  expect(chosen(listed('only.gguf'))).toEqual(['only.gguf'])
  expect(() => chosen(listed('model.safetensors'))).toThrow('no GGUF files')
  expect(() => filesOfPath(files, 'y.gguf', 'ana/x')).toThrow(/no file y\.gguf\. There are/)
  expect(() => filesOfPath(listed('a-00001-of-00002.gguf'), 'a-00001-of-00002.gguf', 'ana/x')).toThrow(
    'a-00002-of-00002.gguf is not there',
  )
})

it('makes addresses of all endpoints, and names that stay in their folder', () => {
  const request = pullRequestOf(
    { name: 'tiny', repository: 'ana/tiny', files: [{ path: 'a b/ünï (1).GGUF', sizeBytes: 5 }] },
    { endpoint: 'https://one.example/', mirrors: ['https://two.example/hf'] },
  )
  expect(request.files[0]).toEqual({
    sources: [
      'https://one.example/ana/tiny/resolve/main/a%20b/%C3%BCn%C3%AF%20(1).GGUF',
      'https://two.example/hf/ana/tiny/resolve/main/a%20b/%C3%BCn%C3%AF%20(1).GGUF',
    ],
    fileName: 'n-1-.gguf',
    sizeBytes: 5,
  })
  for (const fileName of ['../a.gguf', '.a.gguf', 'a/b.gguf', 'a.bin', '']) {
    const file = { sources: ['https://one.example/a.gguf'], fileName }
    expect(() => checkedRequest({ name: 'x', files: [file] })).toThrow(
      expect.objectContaining({ code: 'bad_usage' }),
    )
  }
})
