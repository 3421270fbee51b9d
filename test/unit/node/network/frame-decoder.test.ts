import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodeLength, FrameDecoder } from '../../../../src/node/network/frame-decoder.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'

function encode(frames: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(frames.flatMap((frame) => [encodeLength(frame.byteLength), frame]))
}

describe('FrameDecoder', () => {
  it('gives back the frames however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40_000, size: 'max' }), { maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 20 }),
        (frames, cuts) => {
          const bytes = encode(frames)
          const decoder = new FrameDecoder(40_000)
          const decoded: Uint8Array[] = []
          let at = 0
          for (let turn = 0; at < bytes.byteLength; turn++) {
            const size = cuts[turn % cuts.length] ?? 1
            decoded.push(...decoder.push(bytes.subarray(at, at + size)))
            at += size
          }
          expect(decoded.map((frame) => Buffer.from(frame))).toEqual(
            frames.map((frame) => Buffer.from(frame)),
          )
          expect(decoder.midFrame).toBe(false)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('answers any bytes with frames or a typed error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        try {
          for (const frame of new FrameDecoder(100).push(bytes))
            expect(frame.byteLength).toBeLessThanOrEqual(100)
        } catch (error) {
          expect(error).toBeInstanceOf(DriadError)
        }
      }),
    )
  })

  it('refuses a length above the limit before any of the frame arrives', () => {
    const decoder = new FrameDecoder(1000)
    expect(() => [...decoder.push(encodeLength(1001))]).toThrow(
      expect.objectContaining({ code: 'too_large' }),
    )
    expect([...new FrameDecoder(1000).push(encodeLength(1000))]).toEqual([])
  })

  it('refuses a length that never ends', () => {
    const decoder = new FrameDecoder(1000)
    expect(() => [...decoder.push(Uint8Array.of(0x80, 0x80, 0x80, 0x80))]).toThrow(
      expect.objectContaining({ code: 'bad_message' }),
    )
  })

  it('knows when it is in the middle of a frame', () => {
    const decoder = new FrameDecoder(1000)
    expect([...decoder.push(Uint8Array.of(0x80))]).toEqual([])
    expect(decoder.midFrame).toBe(true)
    expect([...decoder.push(Uint8Array.of(0x01))]).toEqual([])
    expect(decoder.midFrame).toBe(true)
    expect([...decoder.push(new Uint8Array(128))]).toHaveLength(1)
    expect(decoder.midFrame).toBe(false)
  })

  it('reserves no more for an announced frame than twice what arrived of it', () => {
    const limit = 3 * 1024 * 1024
    const before = process.memoryUsage().arrayBuffers
    const decoders = Array.from({ length: 100 }, () => {
      const decoder = new FrameDecoder(limit)
      expect([...decoder.push(encodeLength(limit))]).toEqual([])
      expect([...decoder.push(new Uint8Array(1))]).toEqual([])
      return decoder
    })
    const grownMiB = (process.memoryUsage().arrayBuffers - before) / 1024 / 1024
    expect(decoders).toHaveLength(100)
    expect(grownMiB).toBeLessThan(20)
  })
})
