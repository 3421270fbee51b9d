import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { publicKeyText } from '../../../../src/node/signed/signature.ts'
import { type Release, readRelease, refuseTimes, writeRelease } from '../../../../src/node/updates/release.ts'

function newKey() {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  return { pem, publicKey: publicKeyText(pem) }
}

const fileName = 'latest-linux.json'
const release: Release = {
  version: '1.2.3',
  releaseDate: '2026-05-01T12:00:00.000Z',
  files: [{ url: 'driad-1.2.3-linux-x64.tar.gz', sha512: `${'A'.repeat(86)}==`, size: 1_000 }],
  stagingPercentage: 20,
}

describe('the description of a release', () => {
  it('is read as it was written, with one of the keys', () => {
    const { pem, publicKey } = newKey()
    const signed = writeRelease(release, fileName, pem)
    expect(readRelease(signed, fileName, [newKey().publicKey, publicKey])).toEqual(release)
  })

  it('counts under its own name only, so that a beta cannot pass for a finished version', () => {
    const { pem, publicKey } = newKey()
    const signed = writeRelease(release, 'beta-linux.json', pem)
    expect(() => readRelease(signed, fileName, [publicKey])).toThrow('not signed')
  })

  it('is refused where a byte was changed, and where somebody else signed it', () => {
    const { pem, publicKey } = newKey()
    const { bytes, signature } = writeRelease(release, fileName, pem)
    const changed = Buffer.from(bytes.toString().replace('1.2.3', '1.2.4'))
    expect(() => readRelease({ bytes: changed, signature }, fileName, [publicKey])).toThrow('not signed')
    expect(() => readRelease({ bytes, signature }, fileName, [newKey().publicKey])).toThrow('not signed')
    expect(() => readRelease({ bytes, signature }, fileName, [])).toThrow('not signed')
  })

  it.each([
    ['a version that is none', { version: 'next' }],
    ['a package elsewhere', { files: [{ ...release.files[0], url: '../driad.tar.gz' }] }],
    ['a package on another server', { files: [{ ...release.files[0], url: 'https://example.org/x' }] }],
    ['a digest that is none', { files: [{ ...release.files[0], sha512: 'abc' }] }],
    ['no package', { files: [] }],
    ['more than all computers', { stagingPercentage: 101 }],
  ])('is not written with %s', (_, change) => {
    expect(() => writeRelease({ ...release, ...change } as Release, fileName, newKey().pem)).toThrow(
      'This is no release',
    )
  })

  it('may not be older than the one seen before, nor from the future', () => {
    const seen = release
    const nowMs = Date.parse('2026-05-10T00:00:00Z')
    const of = (releaseDate: string) => ({ ...release, releaseDate })
    expect(() => refuseTimes(of('2026-04-30T12:00:00.000Z'), seen, nowMs)).toThrow('older')
    expect(() => refuseTimes(of('2026-05-12T12:00:00.000Z'), seen, nowMs)).toThrow('clock')
    expect(() => refuseTimes(seen, seen, nowMs)).not.toThrow()
    expect(() => refuseTimes(of('2026-05-09T12:00:00.000Z'), seen, nowMs)).not.toThrow()
    expect(() => refuseTimes(of('2026-04-30T12:00:00.000Z'), undefined, nowMs)).not.toThrow()
  })
})
