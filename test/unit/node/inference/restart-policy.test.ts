import { describe, expect, it } from 'vitest'
import { RestartPolicy } from '../../../../src/node/inference/restart-policy.ts'

const init = {
  firstDelayMs: 100,
  maxDelayMs: 1000,
  maxFailures: 3,
  windowMs: 60_000,
  firstRestMs: 10_000,
  maxRestMs: 25_000,
}

describe('RestartPolicy', () => {
  it('waits longer each time and asks for a rest at the third failure in the window', () => {
    const policy = new RestartPolicy(init)
    expect([0, 1, 2].map((second) => policy.failed(second * 1000))).toEqual([100, 200, undefined])
  })

  it('goes on while failures are far apart', () => {
    const policy = new RestartPolicy(init)
    const delays = Array.from({ length: 8 }, (_, minute) => policy.failed(minute * 61_000))
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000, 1000, 1000])
  })

  it('rests twice as long each time, until work is done', () => {
    const policy = new RestartPolicy(init)
    expect([policy.rest(), policy.rest(), policy.rest()]).toEqual([10_000, 20_000, 25_000])
    policy.worked()
    expect(policy.rest()).toBe(10_000)
  })

  it('forgets failures once work is done', () => {
    const policy = new RestartPolicy(init)
    policy.failed(0)
    policy.failed(1)
    policy.worked()
    expect(policy.failed(2)).toBe(100)
  })
})
