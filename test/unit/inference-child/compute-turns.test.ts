import { describe, expect, it } from 'vitest'
import { ComputeTurns } from '../../../src/inference-child/decoder/compute-turns.ts'

describe('ComputeTurns', () => {
  it('lets one compute at a time, first come first served', async () => {
    const turns = new ComputeTurns()
    const order: string[] = []
    let computing = 0
    const compute = async (name: string) => {
      const end = await turns.take()
      computing++
      expect(computing).toBe(1)
      order.push(name)
      await new Promise((resolve) => setImmediate(resolve))
      computing--
      end()
    }
    await Promise.all(['a', 'b', 'c', 'd'].map(compute))
    expect(order).toEqual(['a', 'b', 'c', 'd'])
  })

  it('hands the turn to who waits before who comes again', async () => {
    const turns = new ComputeTurns()
    const order: string[] = []
    const end = await turns.take()
    const compute = async (name: string) => {
      const finish = await turns.take()
      order.push(name)
      finish()
    }
    const other = compute('other')
    end()
    await Promise.all([other, compute('again')])
    expect(order).toEqual(['other', 'again'])
  })
})
