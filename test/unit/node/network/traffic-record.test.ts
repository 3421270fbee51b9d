import { describe, expect, it } from 'vitest'
import {
  TRAFFIC_INTERVAL_MS,
  TRAFFIC_POINTS,
  TrafficRecord,
} from '../../../../src/node/network/traffic-record.ts'

function record({ beganMs = 1_000_000 } = {}) {
  let nowMs = beganMs
  const made = new TrafficRecord(() => nowMs)
  return { made, pass: (ms: number) => (nowMs += ms) }
}

describe('TrafficRecord', () => {
  it('sums up, each direction by itself', () => {
    const { made, pass } = record()
    made.received(300)
    pass(60_000)
    made.received(200)
    made.sent(7)
    expect(made.view()).toMatchObject({ receivedBytes: 500, sentBytes: 7 })
  })

  it('puts bytes where they belong in time, the newest last', () => {
    const { made, pass } = record()
    made.received(1)
    pass(TRAFFIC_INTERVAL_MS)
    made.received(2)
    pass(2 * TRAFFIC_INTERVAL_MS)
    made.received(4)
    const { points, intervalMs } = made.view()
    expect(points).toHaveLength(TRAFFIC_POINTS)
    expect(points.slice(-4).map(({ receivedBytes }) => receivedBytes)).toEqual([1, 2, 0, 4])
    const gaps = points.slice(1).map(({ atMs }, index) => atMs - (points[index]?.atMs ?? 0))
    expect(new Set(gaps)).toEqual(new Set([intervalMs]))
  })

  it('forgets what is older than its points, however long nothing came', () => {
    const { made, pass } = record()
    const sum = () => made.view().points.reduce((all, { sentBytes }) => all + sentBytes, 0)
    made.sent(9)
    pass((TRAFFIC_POINTS - 1) * TRAFFIC_INTERVAL_MS)
    expect(sum()).toBe(9)
    pass(TRAFFIC_INTERVAL_MS)
    expect(sum()).toBe(0)
    made.sent(5)
    pass(1_000 * TRAFFIC_POINTS * TRAFFIC_INTERVAL_MS)
    expect(sum()).toBe(0)
    expect(made.view().sentBytes).toBe(14)
  })

  it('tells the rate of the last seconds, and none of long ago', () => {
    const { made, pass } = record()
    made.received(10_000)
    // So young a record has no rate of a fraction of a second.
    expect(made.bytes().receivedPerSecond).toBe(10_000)
    pass(TRAFFIC_INTERVAL_MS)
    made.received(20_000)
    expect(made.bytes().receivedPerSecond).toBe(6_000)
    pass(2 * TRAFFIC_INTERVAL_MS)
    expect(made.bytes().receivedPerSecond).toBe(0)
  })
})
