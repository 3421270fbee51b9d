import { describe, expect, it } from 'vitest'
import { NatObservations } from '../../../../src/node/network/reach/nat-observations.ts'

const PORT = 4000
const observing = () => new NatObservations(PORT, () => new Set(['10.0.0.2', '9.9.9.9']))

describe('what peers see of us', () => {
  it('is nothing at first', () => {
    expect(observing().kind()).toBe('unknown')
    expect(observing().mappings()).toEqual([])
  })

  it('is our own address where there is no router', () => {
    const nat = observing()
    nat.add({ observerHost: '1.1.1.1', host: '9.9.9.9', port: PORT })
    expect(nat.kind()).toBe('none')
  })

  it('is one port for all, or not known from one peer alone', () => {
    const nat = observing()
    const seen = { host: '8.8.8.8', port: 51_000 }
    nat.add({ observerHost: '1.1.1.1', ...seen })
    expect(nat.kind()).toBe('unknown')
    nat.add({ observerHost: '1.1.1.1', ...seen })
    expect(nat.kind()).toBe('unknown')
    // One may be enough to try.
    expect(nat.mappings()).toMatchObject([seen])
    nat.add({ observerHost: '2.2.2.2', ...seen })
    expect(nat.kind()).toBe('one-port')
    expect(nat.mappings()).toMatchObject([seen])
  })

  it('is another port for each, and then nobody is told any', () => {
    const nat = observing()
    nat.add({ observerHost: '1.1.1.1', host: '8.8.8.8', port: 51_000 })
    nat.add({ observerHost: '2.2.2.2', host: '8.8.8.8', port: 51_001 })
    expect(nat.kind()).toBe('port-per-peer')
    expect(nat.mappings()).toEqual([])
  })

  it('follows a new address, and keeps the newest word of each peer', () => {
    const nat = observing()
    nat.add({ observerHost: '1.1.1.1', host: '8.8.8.8', port: 51_000 })
    nat.add({ observerHost: '2.2.2.2', host: '8.8.8.8', port: 51_000 })
    nat.add({ observerHost: '1.1.1.1', host: '7.7.7.7', port: 600 })
    nat.add({ observerHost: '2.2.2.2', host: '7.7.7.7', port: 600 })
    expect(nat.kind()).toBe('one-port')
    expect(nat.mappings()).toMatchObject([{ host: '7.7.7.7', port: 600 }])
  })
})
