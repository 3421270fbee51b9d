import { multiaddr } from '@multiformats/multiaddr'
import {
  dialableAddresses,
  parseBootstrapAddress,
  parseListenAddress,
} from '../../../src/node/network/addresses.ts'
import { isPeerRule, PeerRules } from '../../../src/node/network/peer-rules.ts'
import { DriadError } from '../../../src/protocol/errors.ts'
import { publicKeyOfPeerId } from '../../../src/protocol/wire/keys.ts'
import { allowing, bytesOf, type FuzzTarget, mustHold, textOf } from '../target.ts'

const PEER = '12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW'
const isTyped = (error: unknown) => error instanceof DriadError

const multiaddrs: FuzzTarget = {
  name: 'addresses',
  maxBytes: 512,
  words: [
    '/ip4/',
    '/ip6/',
    '/dns4/',
    '/tcp/',
    '/ws',
    '/tls/ws',
    '/p2p/',
    '/p2p-circuit',
    PEER,
    '/ip6zone/',
    '%',
  ],
  seeds: () =>
    [
      `/ip4/127.0.0.1/tcp/4001/p2p/${PEER}`,
      '/ip6/::/tcp/0/ws',
      '/dns4/node.example/tcp/443/tls/ws',
      '/dnsaddr/x.example',
    ].map(bytesOf),
  run: (input) => {
    const text = textOf(input)
    allowing(isTyped, () => parseListenAddress(text))
    allowing(isTyped, () => parseBootstrapAddress(text))
    for (const address of dialableAddresses(PEER, [text])) multiaddr(address.toString())
  },
}

const peerRules: FuzzTarget = {
  name: 'peer-rules',
  maxBytes: 128,
  words: [PEER, '/24', '::', '::ffff:', '/128'],
  seeds: () => [PEER, '192.0.2.0/24', '2001:db8::/32', '::ffff:1.2.3.4'].map(bytesOf),
  run: (input) => {
    const text = textOf(input)
    const rules = new PeerRules([], [text])
    rules.of(PEER, multiaddr('/ip4/1.2.3.4/tcp/1'))
    mustHold(isPeerRule(text) || rules.of(text, undefined) === undefined, 'what is no rule denies nobody')
  },
}

const peerIds: FuzzTarget = {
  name: 'peer-ids',
  maxBytes: 128,
  words: ['12D3KooW', 'Qm', 'bafz'],
  seeds: () => [bytesOf(PEER), bytesOf('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N')],
  run: (input) => {
    const key = allowing(isTyped, () => publicKeyOfPeerId(textOf(input)))
    if (key !== undefined) mustHold(key.byteLength === 32, 'a key has 32 bytes')
  },
}

export const addressTargets: readonly FuzzTarget[] = [multiaddrs, peerRules, peerIds]
