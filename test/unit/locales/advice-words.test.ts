import { expect, it } from 'vitest'
import { adviceWords } from '../../../src/locales/words/advice-words.ts'

it.each([
  [{ code: 'set_clock', aheadMs: 61_200 }, '61 s ahead of the clocks of other nodes'],
  [{ code: 'set_clock', aheadMs: -90_000 }, '90 s behind the clocks of other nodes'],
  [{ code: 'forward_ports', ports: [], portPerPeer: false }, 'or forward a TCP port that it listens on to'],
  [
    { code: 'forward_ports', ports: [4001], portPerPeer: false },
    'or forward TCP port 4001 to this computer.',
  ],
  [{ code: 'forward_ports', ports: [4001, 4002], portPerPeer: false }, 'forward TCP ports 4001 and 4002 to'],
  [{ code: 'forward_ports', ports: [4001], portPerPeer: true }, 'another port, so direct connections'],
  [{ code: 'listen_everywhere' }, 'Listen on /ip4/0.0.0.0/tcp/0'],
] as const)('advises of %j', (advice, words) => {
  expect(adviceWords(advice)).toContain(words)
})
