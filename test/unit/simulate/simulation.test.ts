import { beforeAll, describe, expect, it } from 'vitest'
import { defaultExposureBounds } from '../../../src/node/exposure/exposure-rule.ts'
import { requesterLimits } from '../../../src/node/requester/limits.ts'
import { taskLimits } from '../../../src/node/tasks/limits.ts'
import { amountMicro } from '../../../src/protocol/money.ts'
import { defaultOptions, tokens } from '../../simulate/options.ts'
import { type Simulation, simulate } from '../../simulate/simulation.ts'

const small = { ...defaultOptions, nodes: 50, tasks: 1_000, requesters: 8, warmUpMs: 0 }

describe('a small network that nodes leave and join, with liars, mutes, and streams that break', () => {
  let run: Simulation
  beforeAll(async () => {
    run = await simulate({
      ...small,
      stayMs: 4 * 60_000,
      awayMs: 60_000,
      streamMs: 2 * 60_000,
      loss: 0.03,
      liars: 0.1,
      mutes: 0.06,
    })
  }, 120_000)

  it('brings every task to an end, each once', () => {
    const tasks = run.requesters.flatMap(({ requests }) => [...requests.all()])
    expect(tasks).toHaveLength(small.tasks)
    expect(tasks.filter(({ ends }) => ends !== 1)).toEqual([])
    expect(run.result.completed).toBeGreaterThan(0.95 * small.tasks)
    // All of these paths were taken, so there was something to survive.
    expect(run.nodes.some(({ character }) => character === 'mute')).toBe(true)
    expect(run.result.placementsPerTask).toBeGreaterThan(1.01)
    expect(run.result.lies.found).toBeGreaterThan(0)
  })

  it('leaves nothing promised, placed or waiting', () => {
    expect(run.nodes.filter((node) => node.online && node.hasPromises)).toEqual([])
    expect(run.requesters.map(({ placedNow, unplacedNow }) => placedNow + unplacedNow)).toEqual(
      run.requesters.map(() => 0),
    )
  })

  it('keeps every queue within its bound', () => {
    for (const node of run.nodes) {
      const places = node.models.reduce((sum, { slots }) => sum + 2 * slots + taskLimits.prefetch, 0)
      // A mute says that it has room whatever it has.
      if (node.character !== 'mute') expect(node.mostHeld).toBeLessThanOrEqual(places)
      expect(node.mostOffers).toBeLessThanOrEqual(taskLimits.maxOpenOffers)
    }
    for (const requester of run.requesters) {
      expect(requester.mostPlaced).toBeLessThanOrEqual(requesterLimits.maxPlaced)
      expect(requester.openLinks).toBeLessThanOrEqual(requesterLimits.maxSessions)
    }
  })

  it('loses no money: what was paid arrived, or is still on its way to a node that is away', () => {
    const paid = run.requesters.reduce((sum, { paidMicro }) => sum + paidMicro, 0n)
    const earned = run.nodes.reduce((sum, { earnedMicro }) => sum + earnedMicro, 0n)
    const onTheWay = run.requesters.reduce((sum, { owedMicro }) => sum + owedMicro, 0n)
    expect(paid).toBeGreaterThan(0n)
    expect(earned).toBeLessThanOrEqual(paid)
    expect(paid - earned).toBeLessThanOrEqual(onTheWay)
  })
})

describe('a simulation', () => {
  it('is the same for the same seed, and another for another', async () => {
    const options = { ...small, nodes: 20, tasks: 200, requesters: 3 }
    const [first, again, other] = [
      await simulate(options),
      await simulate(options),
      await simulate({ ...options, seed: 2 }),
    ].map(({ result }) => ({ ...result, wallSeconds: 0 }))
    expect(again).toEqual(first)
    expect(other?.events).not.toBe(first?.events)
  })

  it('gives a requester that never pays no more than each node lets go unpaid', async () => {
    const exposure = { ...defaultExposureBounds, startMicro: 200_000n }
    const { nodes, requesters, result } = await simulate({
      ...small,
      nodes: 4,
      tasks: 1_000,
      requesters: 1,
      freeRiders: 1,
      liars: 0,
      mutes: 0,
      stayMs: 1e9,
      streamMs: 1e9,
      exposure,
    })
    expect(result.freeRiderTasks.completed).toBeGreaterThan(nodes.length)
    const payers = requesters.map(({ peerId }) => peerId)
    for (const node of nodes) {
      const unpaid = payers
        .map((payer) => node.accounts.unpaidMicro(payer))
        .reduce((sum, one) => sum + one, 0n)
      expect(unpaid).toBeGreaterThan(exposure.startMicro / 2n)
      // What it had taken when the bound was reached may come to more than was expected.
      const most = node.models.reduce((sum, { price, slots }) => {
        const dear = amountMicro(price, { promptTokens: tokens.prompt, completionTokens: 20 * tokens.median })
        return sum + dear * BigInt(2 * slots + taskLimits.prefetch)
      }, 0n)
      expect(unpaid).toBeLessThanOrEqual(exposure.startMicro + most)
    }
    expect(result.completed + result.expired).toBe(1_000)
  })
})
