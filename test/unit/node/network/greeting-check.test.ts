import { byteStream, multiaddrConnectionPair } from '@libp2p/utils'
import { describe, expect, it } from 'vitest'
import { ForeignGreetingError, greetingCheck } from '../../../../src/node/network/greeting-check.ts'

const greeting = Buffer.concat([Buffer.from([0x13]), Buffer.from('/multistream/1.0.0\n')])
const protector = greetingCheck()()

describe('greetingCheck', () => {
  it.each([1, 2, 19, 20, 300])(
    'lets a greeting of %i bytes through, whole, that came before it',
    async (length) => {
      const [here, there] = multiaddrConnectionPair()
      const sent = Buffer.concat([greeting, Buffer.alloc(300, 7)]).subarray(0, length)
      there.send(sent)
      await expect.poll(() => here.readBufferLength).toBe(length)
      const stream = byteStream(await protector.protect(here))
      const read = await stream.read({ bytes: length })
      expect(Buffer.from(read.subarray())).toEqual(Buffer.from(sent))
    },
  )

  it.each([1, 2, 19, 20, 300])('lets a greeting of %i bytes through that comes after it', async (length) => {
    const [here, there] = multiaddrConnectionPair()
    const stream = await protector.protect(here)
    let arrived = 0
    stream.addEventListener('message', ({ data }) => {
      arrived += data.byteLength
    })
    there.send(Buffer.concat([greeting, Buffer.alloc(300, 7)]).subarray(0, length))
    await expect.poll(() => arrived).toBe(length)
    expect(here.status).toBe('open')
  })

  it.each([[[0]], [[0x13, 0x2e]], [[...Buffer.alloc(24, 0xa5)]]])(
    'ends a connection that begins with %j',
    async (bytes) => {
      const [early, other] = multiaddrConnectionPair()
      other.send(Uint8Array.from(bytes))
      await expect.poll(() => early.readBufferLength).toBe(bytes.length)
      await expect(protector.protect(early)).rejects.toThrow(ForeignGreetingError)
      expect(early.status).toBe('aborted')

      const [late, another] = multiaddrConnectionPair()
      const stream = await protector.protect(late)
      const closed = new Promise<Error | undefined>((resolve) => {
        stream.addEventListener('close', ({ error }) => resolve(error))
      })
      another.send(Uint8Array.from(bytes))
      expect(await closed).toBeInstanceOf(ForeignGreetingError)
    },
  )
})
