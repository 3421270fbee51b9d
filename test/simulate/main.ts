import { parseArgs } from 'node:util'
import { defaultOptions } from './options.ts'
import { simulate } from './simulation.ts'
import { textReport } from './text-report.ts'

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    tasks: { type: 'string' },
    seed: { type: 'string', default: '1' },
    requesters: { type: 'string' },
    report: { type: 'boolean', default: false },
  },
})

const nodes = wholeNumber('nodes', values.nodes)
const options = {
  ...defaultOptions,
  nodes,
  tasks: wholeNumber('tasks', values.tasks ?? String(nodes * 100)),
  requesters: wholeNumber('requesters', values.requesters ?? String(Math.max(5, Math.round(nodes / 10)))),
  seed: wholeNumber('seed', values.seed),
}
const { result } = await simulate(options, progress(options.tasks))
console.log(textReport(result))

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
