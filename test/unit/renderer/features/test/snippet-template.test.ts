// biome-ignore-all lint/suspicious/noTemplateCurlyInString: snippets are written like that
import { describe, expect, it } from 'vitest'
import { snippetTemplate } from '../../../../../src/renderer/features/test/editor/snippet-template.ts'

describe('a snippet for CodeMirror', () => {
  it.each([
    ['"name": "$1"', '"name": "${1}"'],
    ['"max_steps": ${1:10}', '"max_steps": ${1:10}'],
    ['"config": {$1}', '"config": {${1}}'],
    ['"role": "${1|user,assistant|}"', '"role": "${1:user}"'],
    ['"$schema"', '"$schema"'],
    ['"\\$schema": "$1"', '"$schema": "${1}"'],
    ['"text": "\\$\\{x\\}"', '"text": "$\\{x}"'],
  ])('%s becomes %s', (snippet, expected) => {
    expect(snippetTemplate(snippet)).toBe(expected)
  })
})
