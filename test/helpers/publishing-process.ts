// Publishes one task from a data folder and stays, for tests that kill it: `<data folder> <network> <bootstrap> <workflow>`.
// Prints the task's id, and later each state that the task reaches.
import { openRequester } from '../../src/node/requester/open-requester.ts'

const [dataDir = '', network = '', bootstrap = '', workflow = ''] = process.argv.slice(2)
const { requester } = await openRequester({
  dataDir,
  network,
  bootstrap: bootstrap === '' ? [] : [bootstrap],
  listen: ['/ip4/127.0.0.1/tcp/0'],
  mdns: false,
  dht: false,
})
requester.onEvent((event) => {
  if (event.type === 'state') console.log(event.state)
})
console.log(await requester.publish({ workflow, models: ['demo'] }))
setInterval(() => undefined, 60_000)
