import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readKeptPorts, withKeptPorts, writeKeptPorts } from '../../../src/node/kept-ports.ts'
import { makeTestFolder } from '../../helpers/driad-process.ts'

const listen = ['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/tcp/0/ws', '/ip4/0.0.0.0/tcp/4001']

it('asks for the ports of the last time again, each for its own address', () => {
  using folder = makeTestFolder()
  const path = join(folder.path, 'ports.json')
  writeKeptPorts(path, listen, [
    '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW',
    '/ip4/127.0.0.1/tcp/38001/p2p/12D3KooW',
    '/ip4/192.0.2.7/tcp/38001/p2p/12D3KooW',
    '/ip4/127.0.0.1/tcp/38002/ws/p2p/12D3KooW',
  ])
  expect(withKeptPorts(listen, readKeptPorts(path))).toEqual([
    '/ip4/0.0.0.0/tcp/38001',
    '/ip4/0.0.0.0/tcp/38002/ws',
    '/ip4/0.0.0.0/tcp/4001',
  ])
  // Another setting has another port.
  expect(withKeptPorts(['/ip4/127.0.0.1/tcp/0'], readKeptPorts(path))).toEqual(['/ip4/127.0.0.1/tcp/0'])
})

it('lets the system choose where the file is missing or damaged', () => {
  using folder = makeTestFolder()
  const path = join(folder.path, 'ports.json')
  expect(withKeptPorts(listen, readKeptPorts(path))).toEqual(listen)
  for (const text of ['{"/ip4/0.0.0.0/tcp/0": 70000}', '{"/ip4/0.0.0.0/tcp/0": "x"}', '{', '[]']) {
    writeFileSync(path, text)
    expect(withKeptPorts(listen, readKeptPorts(path))).toEqual(listen)
  }
})

it('keeps apart IPv4 and IPv6, and what relays listen on', () => {
  using folder = makeTestFolder()
  const path = join(folder.path, 'ports.json')
  const both = ['/ip4/0.0.0.0/tcp/0', '/ip6/::/tcp/0']
  writeKeptPorts(path, both, [
    '/ip6/::1/tcp/38006/p2p/12D3KooW',
    '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooR/p2p-circuit/p2p/12D3KooW',
    '/ip4/127.0.0.1/tcp/38004/p2p/12D3KooW',
  ])
  expect(withKeptPorts(both, readKeptPorts(path))).toEqual(['/ip4/0.0.0.0/tcp/38004', '/ip6/::/tcp/38006'])
})
