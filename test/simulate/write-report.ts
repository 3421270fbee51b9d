import { mkdirSync, writeFileSync } from 'node:fs'
import { shardLimits } from '../../src/node/network/shard-levels.ts'
import { callUpLimits } from '../../src/node/requester/call-up.ts'
import { jobs, models, natClasses } from './options.ts'
import { linePlot, type Series } from './plot.ts'
import type { SimulationResult } from './simulation.ts'

/** CPU for each offer that a node hears, as `npm run bench -- gossip` measured it on a machine that had much else to do. */
const MEASURED_OFFER_MS = 1.46
const PROMISED_SHARE = 0.01

const docs = new URL('../../docs/', import.meta.url)

/** Writes docs/simulation.md and its plots, out of the results of networks of several sizes. */
export function writeReport(unsorted: readonly SimulationResult[]): void {
  const results = unsorted.toSorted((a, b) => a.options.nodes - b.options.nodes)
  mkdirSync(new URL('simulation/', docs), { recursive: true })
  for (const [name, svg] of Object.entries(plots(results))) {
    writeFileSync(new URL(`simulation/${name}.svg`, docs), svg)
  }
  writeFileSync(new URL('simulation.md', docs), report(results))
}

function plots(results: readonly SimulationResult[]): Record<string, string> {
  const bySize = (name: string, value: (result: SimulationResult) => number): Series => ({
    name,
    points: results.map((result) => [result.options.nodes, value(result)]),
  })
  const named = ({ options }: SimulationResult) => `${options.nodes.toLocaleString('en')} nodes`
  return {
    completion: linePlot({
      title: 'Time from publishing to result',
      x: 'seconds',
      y: '% of the tasks',
      logX: true,
      series: results.map((result) => ({
        name: named(result),
        points: result.completionCurveMs.map((ms, part) => [ms / 1000, part] as const).slice(1, 100),
      })),
    }),
    messages: linePlot({
      title: 'Messages on streams for each task',
      x: 'nodes',
      y: 'messages',
      logX: true,
      series: [
        bySize('all', ({ messagesPerTask }) => messagesPerTask),
        bySize('claims', ({ messagesByKind }) => messagesByKind.claim ?? 0),
      ],
    }),
    claims: linePlot({
      title: 'Nodes that claim an offer',
      x: 'nodes',
      y: 'claims',
      logX: true,
      series: jobs
        .map((job, index) => bySize(taskCount(job.tasks), ({ claimsPerOffer }) => claimsPerOffer[index] ?? 0))
        .slice(0, 2),
    }),
    gossip: linePlot({
      title: 'CPU that offers take of a node',
      x: 'nodes',
      y: '% of a core',
      logX: true,
      series: [
        bySize('average node', ({ gossipPerNodeSecond }) => share(gossipPerNodeSecond) * 100),
        bySize('busiest node', ({ gossipMostPerSecond }) => share(gossipMostPerSecond) * 100),
      ],
      limit: { y: PROMISED_SHARE * 100, name: 'promised' },
    }),
    bytes: linePlot({
      title: 'Network traffic of a node',
      x: 'nodes',
      y: 'bytes a second',
      logX: true,
      series: [
        bySize('offers', ({ gossipBytesPerNodeSecond }) => gossipBytesPerNodeSecond),
        bySize('streams', ({ bytesPerNodeSecond }) => bytesPerNodeSecond),
      ],
    }),
    fairness: linePlot({
      title: 'Who has the work',
      x: '% of the nodes, from the least to the most busy',
      y: '% of the work',
      series: results.map((result) => ({
        name: named(result),
        points: result.lorenz.map((part, index) => [index * 5, part * 100]),
      })),
    }),
  }
}

function share(offersPerSecond: number): number {
  return (offersPerSecond * MEASURED_OFFER_MS) / 1000
}

function taskCount(tasks: number): string {
  return tasks === 1 ? 'one task' : `${tasks} tasks`
}

const rows: readonly (readonly [string, (result: SimulationResult) => string])[] = [
  ['tasks counted', (result) => whole(result.counted)],
  ['requesters', ({ options }) => whole(options.requesters)],
  ['completed', (result) => percent(result.completed / result.counted)],
  ['completion, median', ({ completionMs }) => seconds(completionMs.p50)],
  ['completion, 95 %', ({ completionMs }) => seconds(completionMs.p95)],
  ['completion, 99 %', ({ completionMs }) => seconds(completionMs.p99)],
  ['tasks published alone, median', ({ singleMs }) => seconds(singleMs.p50)],
  ['messages on streams a task', ({ messagesPerTask }) => fixed(messagesPerTask)],
  ['bytes on streams a task', ({ bytesPerTask }) => whole(bytesPerTask)],
  ['messages on streams a node and second', ({ messagesPerNodeSecond }) => fixed(messagesPerNodeSecond, 2)],
  ['bytes on streams a node and second', ({ bytesPerNodeSecond }) => whole(bytesPerNodeSecond)],
  ...jobs.map(
    ({ tasks }, index) =>
      [
        `claims of an offer for ${taskCount(tasks)}`,
        ({ claimsPerOffer }: SimulationResult) => fixed(claimsPerOffer[index] ?? 0),
      ] as const,
  ),
  ['revisions of an offer', ({ publicationsPerOffer }) => fixed(publicationsPerOffer)],
  ['nodes that hear a revision', ({ deliveriesPerPublication }) => whole(deliveriesPerPublication)],
  ['shards, by model', ({ shards }) => shards.join(', ')],
  ['offers heard a node and second', ({ gossipPerNodeSecond }) => fixed(gossipPerNodeSecond, 2)],
  ['the same of the busiest node', ({ gossipMostPerSecond }) => fixed(gossipMostPerSecond, 2)],
  ['CPU for offers, average node', ({ gossipPerNodeSecond }) => percent(share(gossipPerNodeSecond), 2)],
  ['CPU for offers, busiest node', ({ gossipMostPerSecond }) => percent(share(gossipMostPerSecond), 2)],
  ['bytes of offers a node and second', ({ gossipBytesPerNodeSecond }) => whole(gossipBytesPerNodeSecond)],
  ['placements a task', ({ placementsPerTask }) => fixed(placementsPerTask, 2)],
  ["fairness of work, Jain's index", ({ fairness }) => fixed(fairness.jain, 2)],
  ['fairness of work, Gini', ({ fairness }) => fixed(fairness.gini, 2)],
  [
    'price paid, to the mean of what is asked',
    ({ priceMicroPer1k, meanPriceMicroPer1k }) => percent(priceMicroPer1k / meanPriceMicroPer1k),
  ],
  ['made-up results', ({ lies }) => whole(lies.done)],
  ['of these found', ({ lies }) => whole(lies.found)],
  ['results looked at', ({ lies }) => whole(lies.checked)],
  [
    "free riders' tasks done",
    ({ freeRiderTasks: { published, completed } }) => `${whole(completed)} of ${whole(published)}`,
  ],
  ['simulated time', ({ virtualSeconds }) => `${whole(virtualSeconds)} s`],
  ['events', ({ events }) => whole(events)],
]

function report(results: readonly SimulationResult[]): string {
  const [first] = results
  const last = results.at(-1)
  if (first === undefined || last === undefined) throw new Error('There are no results to report')
  const { options } = first
  const sizes = results.map((result) => whole(result.options.nodes)).join(', ')
  const spread = (value: (result: SimulationResult) => number) => {
    const values = results.map(value)
    return `${fixed(Math.min(...values))} to ${fixed(Math.max(...values))}`
  }
  const busiest = Math.max(...results.map(({ gossipMostPerSecond }) => share(gossipMostPerSecond)))
  const table = [
    `| | ${results.map((result) => `${whole(result.options.nodes)} nodes`).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(results.length)}`,
    ...rows.map(([name, value]) => `| ${name} | ${results.map(value).join(' | ')} |`),
  ].join('\n')
  return `# Simulation

Made by \`npm run simulate\`, for networks of ${sizes} nodes. Do not edit: see "To repeat it".

## What it shows

- **Messages for each task hardly depend on the size of the network**: ${spread(({ messagesPerTask }) => messagesPerTask)}, for a hundred times as many nodes. The largest run is the shortest, and its requesters are still
  opening their streams.
- **Nor do the claims of an offer for one task**: ${spread(({ claimsPerOffer }) => claimsPerOffer[0] ?? 0)}. About ${callUpLimits.minClaims} are called up on purpose, and more while a
  requester does not know yet how many nodes would answer: the shorter the run, the more so. Larger offers want more nodes, and get no more than there are.
- **Offers take under 1 % of a core of a node at each size**: ${percent(busiest, 2)} of the busiest node, at ${MEASURED_OFFER_MS} ms of CPU for each offer
  that it hears, measured on real hosts (\`npm run bench -- gossip\`). Above ${shardLimits.busyPerSecond} offers a second, or ${shardLimits.maxAnswering} nodes that answer, a topic is divided.
- **Who has the work**: the fairness below is over the nodes of all models together, and those of the scarcest model are the busiest, so it is no measure of
  selection alone; in a short run chance adds to it. In the smallest network a handful of slots serve that model, and its largest jobs make the tail of the times.
- **A requester that never pays** has its tasks done by many nodes, of which each lets at most its limit go unpaid: the larger the network, the more it gets.
- **What it does not show**: how many cheats real checks find. Here a check always finds a made-up result, and who is caught gets
  nothing more from that requester; the rates of real checks are measured elsewhere.

![Messages](simulation/messages.svg)
![Claims](simulation/claims.svg)
![CPU for offers](simulation/gossip.svg)
![Traffic](simulation/bytes.svg)
![Completion](simulation/completion.svg)
![Fairness](simulation/fairness.svg)

## Figures

${table}

## What is real, and what is made up

**Real**, the same code that runs in nodes and requesters: offers and their revisions, thresholds and draws, shards and their levels, claims, credits, the
node's queue, the bound of what may be left unpaid, selection, fair start, placing, rejection, silence and loss, re-offers, and late outcomes. Time, timers and chance are arguments of that code; here they are a heap
of events and a seed.

**Made up**: streams and gossip are delays (five regions, an access line for each computer, one way of some milliseconds to 120; ${percent(options.loss)} of the
packets are sent again 200 ms later; ${natClasses.map(({ name, often }) => `${percent(often)} ${name}`).join(', ')}). A generation takes as long as its tokens at the speed of its node. There
is no disk and there are no signatures. Polling keeps the real rhythm. A neighbour in the mesh is counted to send each offer once.

**The load**: ${models.map(({ name, tasks, served }) => `\`${name}\` (${percent(tasks)} of the tasks, on ${percent(served)} of the nodes)`).join(', ')}. Tasks come in jobs of ${jobs.map(({ tasks, often }) => `${tasks} (${percent(often)})`).join(', ')}, as
many as keep the scarcest model ${percent(options.utilisation)} busy. Nodes stay for ${options.stayMs / 60_000} minutes on average, are away for ${options.awayMs / 60_000}, and half of them go without a word; a stream breaks
every ${options.streamMs / 60_000} minutes. ${percent(options.liars)} of the nodes make results up in no time, ${percent(options.mutes)} accept and never say anything again, and ${percent(options.freeRiders)} of the requesters never
pay. ${percent(options.checkStrangers)} of a stranger's results are looked at, and ${percent(options.checkTrusted)} of a proven node's. The first minute or less is not counted, and what comes a second is of the time in which tasks are published. Nodes begin with the number of shards that suits
their number, as in a network that has grown, and go on from there by what they hear.

## To repeat it

\`\`\`
${results.map(({ options: { nodes, tasks, warmUpMs } }) => `npm run simulate -- --nodes ${nodes} --tasks ${tasks} --warm-up ${warmUpMs / 1000} --save ${nodes}.json`).join('\n')}
npm run simulate -- ${results.map(({ options: { nodes } }) => `--report ${nodes}.json`).join(' ')}
\`\`\`

The same seed gives the same figures. A small network with more churn is a unit test (\`test/unit/simulate\`): every task ends once, nothing stays
promised, queues keep their bounds, no money is lost.
`
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function fixed(value: number, digits = 1): string {
  return value.toFixed(digits)
}

function percent(part: number, digits = 0): string {
  return `${(part * 100).toFixed(digits)} %`
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
