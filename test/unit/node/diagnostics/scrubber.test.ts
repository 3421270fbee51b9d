import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formsOf, Scrubber } from '../../../../src/node/diagnostics/scrubber.ts'

describe('Scrubber', () => {
  it('takes out a secret in every form, wherever it stands', () => {
    const text = fc
      .string({ minLength: 12, maxLength: 60, unit: 'grapheme' })
      .filter((each) => each.trim().length > 11)
    fc.assert(
      fc.property(text, fc.nat(2), (secret, lead) => {
        const scrubber = new Scrubber([{ text: secret, as: '[secret]' }], [])
        const inside = Buffer.concat([
          Buffer.alloc(lead, 'x'),
          Buffer.from(secret),
          Buffer.from('tail'),
        ]).toString('base64')
        for (const form of [
          ...formsOf(secret),
          JSON.stringify({ secret }),
          `https://x/?q=${encodeURIComponent(secret)}`,
        ]) {
          const scrubbed = scrubber.scrub(`before ${form} after`)
          expect(scrubbed).toContain('[secret]')
          expect(scrubbed).not.toContain(form)
        }
        expect(scrubber.scrub(inside)).toContain('[secret]')
      }),
      { numRuns: 200 },
    )
  })

  it('takes the longest first, so that a folder is not left without its user', () => {
    const scrubber = new Scrubber(
      [
        { text: 'mirabel', as: '[user]' },
        { text: '/home/mirabel', as: '~' },
      ],
      [],
    )
    expect(scrubber.scrub('/home/mirabel/x of mirabel')).toBe('~/x of [user]')
  })

  it('takes out a line with a piece of a content, and no other', () => {
    const content = 'My grandmother kept her recipes in a tin box under the stairs, beside the umbrellas.'
    const scrubber = new Scrubber([], [content])
    const lines = ['first', `"told": "${content.slice(20, 60)}"`, 'last']
    expect(scrubber.scrub(lines.join('\n')).split('\n')).toEqual([
      'first',
      '[a line with contents of a task was taken out]',
      'last',
    ])
  })

  it('leaves alone what is too short to be a secret', () => {
    expect(new Scrubber([{ text: 'al', as: '[user]' }], ['short']).scrub('all is short')).toBe('all is short')
  })
})
