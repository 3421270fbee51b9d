import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { defaultOptions } from './options.ts'
import { type SimulationResult, simulate } from './simulation.ts'
import { writeReport } from './write-report.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: String(defaultOptions.nodes) },
    tasks: { type: 'string' },
    seed: { type: 'string', default: String(defaultOptions.seed) },
    requesters: { type: 'string' },
    /** Seconds before anything is counted. */
    'warm-up': { type: 'string', default: String(defaultOptions.warmUpMs / 1000) },
    /** Writes the result there too. */
    save: { type: 'string' },
    /** Makes docs/simulation.md of results that were saved, instead of simulating. */
    report: { type: 'string', multiple: true },
  },
})

if (values.report === undefined) await run()
else writeReport(values.report.map((path) => JSON.parse(readFileSync(path, 'utf8')) as SimulationResult))

async function run(): Promise<void> {
  const nodes = wholeNumber('nodes', values.nodes)
  const options = {
    ...defaultOptions,
    nodes,
    tasks: wholeNumber('tasks', values.tasks ?? String(nodes * 100)),
    requesters: wholeNumber('requesters', values.requesters ?? String(Math.max(5, Math.round(nodes / 10)))),
    seed: wholeNumber('seed', values.seed),
    warmUpMs: 1000 * wholeNumber('warm-up', values['warm-up']),
  }
  const { result } = await simulate(options, progress(options.tasks))
  const text = JSON.stringify(result, (_, value) => (typeof value === 'bigint' ? String(value) : value), 1)
  if (values.save !== undefined) writeFileSync(values.save, text)
  console.log(text)
}

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  console.error(`--${name} ${text}: a whole number above 0 is needed`)
  process.exit(2)
}

function progress(tasks: number): (done: number, virtualSeconds: number) => void {
  let told = performance.now()
  return (done, virtualSeconds) => {
    if (performance.now() - told < 5_000) return
    told = performance.now()
    console.error(`${done} of ${tasks} tasks after ${virtualSeconds.toFixed(0)} s of the simulated time`)
  }
}
