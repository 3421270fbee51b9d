import { createTRPCClient, TRPCClientError } from '@trpc/client'
import type { AnyTRPCRouter } from '@trpc/server'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readFailure } from '../../../../src/renderer/api/failure.ts'
import { ipcLink } from '../../../../src/renderer/api/ipc-link.ts'

interface Sent {
  readonly id: number
  readonly type?: string
  readonly path?: string
  readonly input?: unknown
  readonly stop?: boolean
}

/** The other end of the channel, played by hand. */
class OtherEnd {
  readonly sent: Sent[] = []
  #listener: (message: unknown) => void = () => undefined

  send(message: unknown): void {
    this.sent.push(message as Sent)
  }

  onMessage(listener: (message: unknown) => void): () => void {
    this.#listener = listener
    return () => undefined
  }

  get last(): Sent {
    const last = this.sent.at(-1)
    if (last === undefined) throw new Error('Nothing was sent')
    return last
  }

  answer(id: number, answer: object): void {
    this.#listener({ id, ...answer })
  }

  data(id: number, data: unknown): void {
    this.answer(id, { result: { type: 'data', data } })
  }

  tracked(id: number, eventId: string, data: unknown): void {
    this.answer(id, { result: { type: 'data', id: eventId, data: { id: eventId, data } } })
  }

  fail(id: number, code: string, more: object = {}): void {
    this.answer(id, { error: { code: -32_600, message: `failed: ${code}`, data: { code, ...more } } })
  }
}

const started = { result: { type: 'started' } }
const stopped = { result: { type: 'stopped' } }

function connect(end: OtherEnd) {
  const client = createTRPCClient<AnyTRPCRouter>({ links: [ipcLink({ bridge: end })] })
  return client as unknown as {
    a: {
      query(input?: unknown, options?: object): Promise<unknown>
      mutate(input?: unknown): Promise<unknown>
      subscribe(input: unknown, options: object): { unsubscribe(): void }
    }
  }
}

function follow(end: OtherEnd, input: unknown = {}, context?: object) {
  const seen = { data: [] as unknown[], errors: [] as unknown[], states: [] as string[], completed: 0 }
  const subscription = connect(end).a.subscribe(input, {
    ...(context !== undefined && { context }),
    onData: (data: unknown) => seen.data.push(data),
    onError: (error: unknown) => seen.errors.push(error),
    onComplete: () => {
      seen.completed += 1
    },
    onConnectionStateChange: (change: { state: string }) => seen.states.push(change.state),
  })
  return { seen, subscription }
}

describe('ipcLink', () => {
  let end: OtherEnd

  beforeEach(() => {
    vi.useFakeTimers()
    end = new OtherEnd()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([false, 0, '', null, undefined])('carries the falsy input and answer %j', async (value) => {
    const answer = connect(end).a.query(value)
    expect(end.last).toMatchObject({ type: 'query', path: 'a' })
    expect(end.last.input).toBe(value)
    end.data(end.last.id, value)
    expect(await answer).toBe(value)
  })

  it('hands answers that come out of order to those who asked', async () => {
    const client = connect(end)
    const answers = Promise.all([client.a.query('one'), client.a.mutate('two')])
    const [one, two] = end.sent
    end.data(two?.id ?? 0, 2)
    end.data(one?.id ?? 0, 1)
    expect(await answers).toEqual([1, 2])
  })

  it('keeps the code and the issues of an error', async () => {
    const answer = connect(end)
      .a.mutate()
      .catch((error: unknown) => error)
    const issues = [{ path: 'network', expected: 'letters' }]
    end.fail(end.last.id, 'BAD_REQUEST', { driadCode: 'bad_setting', issues })
    const error = await answer
    expect(error).toBeInstanceOf(TRPCClientError)
    expect(readFailure(error)).toEqual({ code: 'bad_setting', message: 'failed: BAD_REQUEST', issues })
  })

  it('gives up a query that nobody answers, and says so to the other end', async () => {
    const answer = connect(end)
      .a.query()
      .catch((error: unknown) => error)
    const { id } = end.last
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await answer).toMatchObject({ message: 'The node did not answer within 30 s' })
    expect(end.last).toEqual({ id, stop: true })
  })

  it('lets a mutation wait for a person', async () => {
    const answer = connect(end).a.mutate()
    await vi.advanceTimersByTimeAsync(3_600_000)
    end.data(end.last.id, 'picked')
    expect(await answer).toBe('picked')
  })

  it('stops a call that is aborted', async () => {
    const abort = new AbortController()
    const answer = connect(end)
      .a.query(undefined, { signal: abort.signal })
      .catch((error: unknown) => error)
    const { id } = end.last
    abort.abort()
    expect(await answer).toBeInstanceOf(TRPCClientError)
    expect(end.last).toEqual({ id, stop: true })
  })

  it('follows a subscription and stops it once', () => {
    const { seen, subscription } = follow(end)
    const { id } = end.last
    end.answer(id, started)
    end.data(id, 'a')
    subscription.unsubscribe()
    subscription.unsubscribe()
    end.data(id, 'too late')
    expect(seen.data).toEqual(['a'])
    expect(end.sent).toEqual([expect.objectContaining({ type: 'subscription' }), { id, stop: true }])
  })

  it('ends with a subscription that ends by itself, and runs it only once', async () => {
    const { seen } = follow(end)
    end.data(end.last.id, 'ended')
    end.answer(end.last.id, stopped)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen).toMatchObject({ data: ['ended'], completed: 1, errors: [] })
    expect(end.sent).toHaveLength(1)
  })

  it('takes a tracked subscription up again after the last event seen', async () => {
    const { seen } = follow(end, { wanted: 'all' })
    const first = end.last.id
    end.tracked(first, '7', 'seven')
    end.fail(first, 'INTERNAL_SERVER_ERROR')
    expect(seen.states).toContain('connecting')
    await vi.advanceTimersByTimeAsync(250)
    expect(end.last).toMatchObject({ type: 'subscription', input: { wanted: 'all', lastEventId: '7' } })
    expect(end.last.id).not.toBe(first)
    end.tracked(end.last.id, '8', 'eight')
    expect(seen.data).toEqual([
      { id: '7', data: 'seven' },
      { id: '8', data: 'eight' },
    ])
    expect(seen.errors).toEqual([])
  })

  it('opens a snapshot subscription again where it was told that it may, ever more slowly', async () => {
    follow(end, undefined, { resubscribe: true })
    for (const waitMs of [250, 500, 1_000]) {
      const before = end.sent.length
      end.answer(end.last.id, stopped)
      await vi.advanceTimersByTimeAsync(waitMs - 1)
      expect(end.sent).toHaveLength(before)
      await vi.advanceTimersByTimeAsync(1)
      expect(end.sent).toHaveLength(before + 1)
    }
    end.data(end.last.id, 'back')
    end.answer(end.last.id, stopped)
    const before = end.sent.length
    await vi.advanceTimersByTimeAsync(250)
    expect(end.sent).toHaveLength(before + 1)
  })

  it('does not repeat a subscription that was refused', async () => {
    const { seen } = follow(end, {}, { resubscribe: true })
    end.fail(end.last.id, 'BAD_REQUEST', { driadCode: 'bad_usage' })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(seen.errors).toHaveLength(1)
    expect(end.sent).toHaveLength(1)
  })

  it('does not open again what was unsubscribed while it waited', async () => {
    const { subscription } = follow(end, {}, { resubscribe: true })
    end.answer(end.last.id, stopped)
    subscription.unsubscribe()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(end.sent.filter((message) => message.type === 'subscription')).toHaveLength(1)
  })

  it.each([null, 'text', {}, { id: 'one' }, { id: 999, result: { type: 'data' } }])(
    'takes no notice of the message %j',
    (message) => {
      const { seen } = follow(end)
      expect(() => end.answer(0, { ...(message as object) })).not.toThrow()
      expect(seen.data).toEqual([])
    },
  )
})

describe('readFailure', () => {
  it('turns the issues of an input check into a list', () => {
    const message = JSON.stringify([{ path: ['prompt', 0], message: 'Too long' }])
    expect(readFailure(new Error(message))).toEqual({
      message: 'What was entered is not valid',
      issues: [{ path: 'prompt.0', expected: 'Too long' }],
    })
  })

  it('drops a code that it does not know, and keeps the message', () => {
    const error = Object.assign(new Error('No'), { data: { driadCode: 'from_the_future' } })
    expect(readFailure(error)).toEqual({ message: 'No', issues: [] })
  })
})
