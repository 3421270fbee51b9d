import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../../src/node/logs/create-logger.ts'
import type { MessageStream } from '../../../../src/node/network/message-stream.ts'
import { taskLimits } from '../../../../src/node/tasks/limits.ts'
import { WorkSession } from '../../../../src/node/tasks/work-session.ts'
import type { FromNode, FromRequester } from '../../../../src/protocol/wire/messages.pb.ts'

/** A stream whose other side reads when the test says so. */
function slowStream() {
  const sent: FromNode[] = []
  const waiting: (() => void)[] = []
  let aborted: Error | undefined
  const ended = Promise.withResolvers<void>()
  const stream: MessageStream<FromNode, FromRequester> = {
    remotePeerId: 'peer',
    remoteAddress: '/ip4/127.0.0.1',
    send: (message) => stream.sendAll([message]),
    sendAll: async (messages) => {
      sent.push(...structuredClone(messages))
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
      if (aborted !== undefined) throw aborted
    },
    messages: () => ({
      [Symbol.asyncIterator]: () => ({
        next: () => ended.promise.then(() => ({ done: true, value: undefined })),
      }),
    }),
    close: async () => ended.resolve(),
    blame: () => undefined,
    abort: (error) => {
      aborted = error
      for (const resolve of waiting.splice(0)) resolve()
      ended.resolve()
    },
    ended: ended.promise,
  }
  const read = async () => {
    waiting.shift()?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  return { stream, sent, read, aborted: () => aborted }
}

function sessionOn(stream: MessageStream<FromNode, FromRequester>, limits = {}) {
  const { logger } = createLogger({ level: 'error' })
  return new WorkSession(stream, {
    target: { peerId: 'peer', addresses: [] },
    logger,
    limits: { ...taskLimits, ...limits },
  })
}

const rejection = (task: number) => ({ taskId: `${task}`, errorCode: 'no_capacity', errorMessage: '' })

const chunks = (sent: readonly FromNode[]) =>
  sent.flatMap(({ chunk }) => (chunk === undefined ? [] : [chunk]))

describe('WorkSession', () => {
  it('sends what is said in one turn in one write', async () => {
    const { stream, sent, read } = slowStream()
    const writes: number[] = []
    const { sendAll } = stream
    stream.sendAll = (messages) => {
      writes.push(messages.length)
      return sendAll(messages)
    }
    const session = sessionOn(stream)
    for (let i = 0; i < 40; i++) void session.send({ rejected: rejection(i) })
    for (let i = 0; i < 3; i++) await read()
    expect(writes).toEqual([32, 8])
    expect(sent.map(({ rejected }) => rejected?.taskId)).toEqual(Array.from({ length: 40 }, (_, i) => `${i}`))
  })

  it('keeps what nobody waits for until something else leaves, and sends it before that', async () => {
    const { stream, sent } = slowStream()
    const session = sessionOn(stream)
    const taskId = 'a'
    void session.send({ accepted: { taskId } })
    void session.send({ started: { taskId } })
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toEqual([])
    session.sendText(taskId, 'Once', 1)
    await Promise.resolve()
    expect(sent).toEqual([
      { accepted: { taskId } },
      { started: { taskId } },
      { chunk: { taskId, text: 'Once', tokens: 1 } },
    ])
  })

  it('sends it before it closes, too', async () => {
    const { stream, sent, read } = slowStream()
    const session = sessionOn(stream)
    void session.bye('stopping')
    await read()
    void session.send({ acknowledged: { taskId: 'a' } })
    const closed = session.close('stopping')
    await read()
    await closed
    expect(sent).toEqual([{ bye: { reason: 'stopping' } }, { acknowledged: { taskId: 'a' } }])
  })

  it('sends what nobody waits for by itself where nothing else comes', async () => {
    const { stream, sent } = slowStream()
    const session = sessionOn(stream)
    void session.send({ credit: { credits: 3 } })
    await expect.poll(() => sent).toEqual([{ credit: { credits: 3 } }])
  })

  it('hands the first text to the stream in the same turn', async () => {
    const { stream, sent } = slowStream()
    sessionOn(stream).sendText('a', 'Once', 1)
    await Promise.resolve()
    expect(chunks(sent)).toEqual([{ taskId: 'a', text: 'Once', tokens: 1 }])
  })

  it('merges the text of each task while the requester is slow, and keeps the order of the rest', async () => {
    const { stream, sent, read } = slowStream()
    const session = sessionOn(stream)
    session.sendText('a', '1', 1)
    await Promise.resolve()
    for (let i = 2; i <= 9; i++) {
      session.sendText('a', `${i}`, i)
      session.sendText('b', `${i}`, i)
    }
    void session.send({ started: { taskId: 'c' } })
    for (let i = 0; i < 5; i++) await read()
    expect(sent).toEqual([
      { chunk: { taskId: 'a', text: '1', tokens: 1 } },
      { chunk: { taskId: 'a', text: '23456789', tokens: 9 } },
      { chunk: { taskId: 'b', text: '23456789', tokens: 9 } },
      { started: { taskId: 'c' } },
    ])
  })

  it('leaves text out beyond its bound instead of keeping it, and still sends everything else', async () => {
    const { stream, sent, read } = slowStream()
    const session = sessionOn(stream, { maxPendingTextChars: 100 })
    session.sendText('a', 'first', 1)
    await Promise.resolve()
    for (let i = 0; i < 1_000; i++) session.sendText('a', '0123456789', i)
    const last = session.send({ acknowledged: { taskId: 'a' } })
    for (let i = 0; i < 4; i++) await read()
    expect(await last).toBe(true)
    expect(chunks(sent).reduce((sum, chunk) => sum + chunk.text.length, 0)).toBeLessThanOrEqual(105)
    expect(sent.at(-1)).toEqual({ acknowledged: { taskId: 'a' } })
  })

  it('cuts text that does not fit one message, never inside a character', async () => {
    const { stream, sent, read } = slowStream()
    const session = sessionOn(stream, { maxPendingTextChars: 1_000_000 })
    const text = `x${'😀'.repeat(30_000)}`
    session.sendText('a', text, 1)
    for (let i = 0; i < 10; i++) await read()
    const parts = chunks(sent).map((chunk) => chunk.text)
    expect(parts.join('')).toBe(text)
    expect(parts.every((part) => part.isWellFormed() && Buffer.byteLength(part) <= 65_536)).toBe(true)
  })

  it('cuts the stream of a requester that does not read what is not text', async () => {
    const { stream, aborted } = slowStream()
    const session = sessionOn(stream, { maxPendingMessages: 10 })
    const results: Promise<boolean>[] = []
    for (let i = 0; i < 20; i++) results.push(session.send({ started: { taskId: 'x' } }))
    expect(await Promise.all(results)).toEqual(Array(20).fill(false))
    expect(aborted()).toMatchObject({ code: 'no_capacity' })
    expect(session.open).toBe(false)
  })
})
