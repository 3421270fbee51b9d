import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { createNetworkHost } from '../../src/node/network/create-host.ts'
import { recordingLogger } from './recording-logger.ts'

// A program of its own: two hosts that are connected, with everything turned on and a stream open, and stopped.
const [networkName = ''] = process.argv.slice(2)
const { signal } = new AbortController()

async function host(bootstrap: readonly string[]) {
  const { privateKey } = await createEphemeralIdentity()
  const { logger } = recordingLogger()
  const made = await createNetworkHost({
    privateKey,
    networkName,
    listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'],
    // The second never answers, so that a dial is under way or waited for.
    bootstrap: [...bootstrap, '/ip4/127.0.0.1/tcp/1'],
    mdns: true,
    dht: true,
    logger,
  })
  made.listenForOffers(['demo'])
  made.announceModels(['demo'])
  await made.start()
  return made
}

const first = await host([])
const second = await host(first.addresses())
await first.handle('/driad/echo/1', async (stream) => {
  for await (const frame of stream.frames()) await stream.send(frame)
})
const stream = await second.openStream(
  '/driad/echo/1',
  { peerId: first.peerId, addresses: first.addresses() },
  { signal },
)
await stream.send(new Uint8Array(10))
await stream.frames()[Symbol.asyncIterator]().next()
await Promise.all([first.stop(), second.stop()])
await stream.ended
console.log('stopped')
