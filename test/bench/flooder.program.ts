import { connect, createServer } from 'node:net'
import { multiaddr } from '@multiformats/multiaddr'
import { type Flood, type FloodCounts, startFlood } from '../helpers/flood.ts'

/** What the benchmark says to this process, and hears of it. */
export type ToFlooder = 'begin' | 'end'
export interface FromFlooder {
  readonly state: 'ready' | 'flooding' | 'quiet'
  readonly counts?: FloodCounts
}

/**
 * A peer that floods a node, in a process of its own: `flooder NETWORK ADDRESS`. Each flood comes from another address of
 * the loopback network, as from a computer that the node has not met.
 */
const [networkName = '', address = ''] = process.argv.slice(2)
const [, port] = /\/tcp\/(\d+)/.exec(address) ?? []
let rounds = 0
let flood: Flood | undefined

const proxy = createServer((incoming) => {
  const outgoing = connect({ host: '127.0.0.1', port: Number(port), localAddress: `127.0.0.${1 + rounds}` })
  for (const [from, to] of [
    [incoming, outgoing],
    [outgoing, incoming],
  ] as const) {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
})
proxy.listen(0, '127.0.0.1', () => tell({ state: 'ready' }))

process.on('message', (message: ToFlooder) => void obey(message))
process.on('disconnect', () => process.exit(0))

async function obey(message: ToFlooder): Promise<void> {
  if (message === 'begin') {
    rounds++
    const { port: proxyPort } = proxy.address() as { port: number }
    const [peer = ''] = /\/p2p\/.+$/.exec(multiaddr(address).toString()) ?? []
    flood = startFlood({ networkName, address: `/ip4/127.0.0.1/tcp/${proxyPort}${peer}` })
    tell({ state: 'flooding' })
    return
  }
  await flood?.[Symbol.asyncDispose]()
  tell({ state: 'quiet', ...(flood !== undefined && { counts: flood.counts }) })
}

function tell(message: FromFlooder): void {
  process.send?.(message)
}
