import { statSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createNetworkKey, readNetworkKey } from '../../../src/node/network/network-key.ts'
import { until } from '../../helpers/driad-process.ts'
import { aNetworkName, connected, startHost } from '../../helpers/network-hosts.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

describe('a private network', () => {
  it('connects those who have its key', async () => {
    using folder = tempFolder()
    const path = folder.file('network.key')
    const made = createNetworkKey(path)
    expect(statSync(path).mode & 0o077).toBe(0)
    const network = aNetworkName()
    await using one = await startHost(network, { networkKey: made })
    await using other = await startHost(network, { networkKey: readNetworkKey(path), knows: [one] })
    await until(() => connected(one, other), 'a connection')
    expect(other.host.reachability().networkKey).toBe(made.fingerprint)
  })

  it.each(['another key', 'no key'])('keeps out who has %s, and tells it why', async (what) => {
    using folder = tempFolder()
    const network = aNetworkName()
    const key = createNetworkKey(folder.file('network.key'))
    const foreign = createNetworkKey(folder.file('other.key'))
    await using member = await startHost(network, { networkKey: key })
    await using stranger = await startHost(network, {
      knows: [member],
      ...(what === 'another key' && { networkKey: foreign }),
    })
    await until(() => stranger.lines.some(({ level }) => level === 'warn'), 'a warning')
    const warning = stranger.lines.find(({ level }) => level === 'warn')
    expect(warning?.fields?.['error']).toContain(
      what === 'no key' ? '(--network-key)' : `with key ${foreign.fingerprint}, or have another key`,
    )
    expect(member.host.peers()).toEqual([])
  })

  it('refuses a file that is not a key, and never overwrites one', async () => {
    using folder = tempFolder()
    const path = folder.file('network.key')
    writeFileSync(path, 'swordfish')
    expect(() => readNetworkKey(path)).toThrow('is not a network key')
    expect(() => createNetworkKey(path)).toThrow('never overwritten')
    expect(() => readNetworkKey(folder.file('missing'))).toThrow('Cannot read the network key')
  })
})
