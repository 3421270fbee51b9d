import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { programTexts as extract } from '../../../../scripts/build/program-texts.mjs'
import { ProgramTexts } from '../../../../src/node/diagnostics/program-texts.ts'

it('knows what the program itself says, and of nothing else', () => {
  const texts = new ProgramTexts(extract(fileURLToPath(new URL('../../../..', import.meta.url))))
  expect(texts.isOwn('The inference process is ready')).toBe(true)
  expect(texts.isOwn('device_unavailable')).toBe(true)
  expect(texts.isName('restarts')).toBe(true)
  expect(texts.match('The inference process was killed (SIGSEGV)')?.gaps).toEqual(['was killed (SIGSEGV)'])
  expect(texts.match('was killed (SIGSEGV)')?.gaps).toEqual(['SIGSEGV'])
  for (const foreign of ['Write me a letter to my landlord', 'mirabel', 'swordfish-marmalade-77']) {
    expect(texts.isOwn(foreign)).toBe(false)
    expect(texts.match(foreign)).toBeUndefined()
    expect(texts.isName(foreign)).toBe(false)
  }
})

it('finds the gaps of a text, or none', () => {
  const texts = new ProgramTexts({
    texts: [
      ['one ', ' two ', ''],
      ['', ' of all things'],
    ],
    words: [],
    names: [],
  })
  expect(texts.match('one a two b')?.gaps).toEqual(['a', 'b'])
  expect(texts.match('one  two ')?.gaps).toEqual(['', ''])
  expect(texts.match('one two three')).toBeUndefined()
  expect(texts.match('the end of all things')?.gaps).toEqual(['the end'])
  expect(texts.match(`one ${' tw'.repeat(2_000)}`)).toBeUndefined()
})
