import { yamux } from '@chainsafe/libp2p-yamux'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { greetingCheck } from '../../../../src/node/network/greeting-check.ts'
import { joinedMuxer, wholeWrites } from '../../../../src/node/network/joined-sends.ts'

/** A connection between two multiplexers, one of which joins what it sends; each send below it is noted. */
function connected() {
  const [here, there] = multiaddrConnectionPair()
  const sends: number[] = []
  const { send } = here
  here.send = (data) => {
    sends.push(data.byteLength)
    return send.call(here, data)
  }
  const muxer = joinedMuxer(yamux())(undefined).createStreamMuxer(here)
  const other = yamux()().createStreamMuxer(there)
  let received = 0
  other.addEventListener('stream', ({ detail: stream }) => {
    stream.addEventListener('message', ({ data }) => {
      received += data.byteLength
    })
  })
  return { here, muxer, sends, received: () => received }
}

describe('what a multiplexer sends', () => {
  it('in one turn leaves in one send', async () => {
    const { muxer, sends, received } = connected()
    const streams = await Promise.all(Array.from({ length: 5 }, () => muxer.createStream()))
    for (const stream of streams) stream.send(new Uint8Array(100))
    await expect.poll(received).toBe(500)
    const before = sends.length
    for (const stream of streams) for (let i = 0; i < 4; i++) stream.send(new Uint8Array(100))
    expect(sends).toHaveLength(before)
    await expect.poll(received).toBe(2_500)
    // The frames, each with its header of twelve bytes, and no more.
    expect(sends.slice(before).filter((bytes) => bytes > 12 * streams.length)).toEqual([20 * 112])
  })

  it('does not wait where it is much', async () => {
    const { muxer, sends, received } = connected()
    const stream = await muxer.createStream()
    stream.send(new Uint8Array(10))
    await expect.poll(received).toBe(10)
    const before = sends.length
    stream.send(new Uint8Array(64 * 1024))
    expect(sends).toHaveLength(before + 1)
    await expect.poll(received).toBe(64 * 1024 + 10)
  })

  it('arrives when the connection is closed right after it', async () => {
    const { here, muxer, received } = connected()
    const stream = await muxer.createStream()
    stream.send(new Uint8Array(10))
    await muxer.close()
    await here.close()
    await expect.poll(received).toBe(10)
  })

  it('fails nothing where the transport is gone by then', async () => {
    const { here, muxer, received } = connected()
    const stream = await muxer.createStream()
    stream.send(new Uint8Array(10))
    here.abort(new Error('The test cuts it'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(received()).toBe(0)
    expect(stream.status).not.toBe('open')
  })
})

describe('wholeWrites', () => {
  it('hands a list of pieces to the transport as one', async () => {
    const [here] = multiaddrConnectionPair()
    const sent: unknown[] = []
    here.send = (data) => {
      sent.push(data)
      return true
    }
    const stream = await wholeWrites(greetingCheck())(undefined).protect(here)
    stream.send(new Uint8ArrayList(Uint8Array.of(0, 2), Uint8Array.of(7, 8)))
    expect(sent).toEqual([Uint8Array.of(0, 2, 7, 8)])
  })
})
