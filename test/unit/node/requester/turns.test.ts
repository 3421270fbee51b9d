import { describe, expect, it } from 'vitest'
import { Turns } from '../../../../src/node/requester/turns.ts'

const never = new AbortController().signal

describe('turns', () => {
  it('are given to so many at a time, in order, and can be given back once', async () => {
    const turns = new Turns(2)
    const order: string[] = []
    const first = await turns.take(never)
    await turns.take(never)
    const third = turns.take(never).then(() => order.push('third'))
    const fourth = turns.take(never).then(() => order.push('fourth'))
    first()
    first()
    await third
    expect(order).toEqual(['third'])
    void fourth
  })

  it('are not kept by who stopped waiting', async () => {
    const turns = new Turns(1)
    const release = await turns.take(never)
    const controller = new AbortController()
    const waiting = turns.take(controller.signal)
    controller.abort(new Error('Enough'))
    await expect(waiting).rejects.toThrow('Enough')
    release()
    expect(await turns.take(never)).toBeTypeOf('function')
  })
})
