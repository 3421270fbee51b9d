import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type ChaosReport, runChaos } from './run-chaos.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    nodes: { type: 'string', default: '3' },
    requesters: { type: 'string', default: '3' },
    quiet: { type: 'boolean', default: false },
  },
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed)
const folder = mkdtempSync(join(tmpdir(), 'driad-chaos-'))
const startedAt = performance.now()
const report = await runChaos({
  folder,
  seed,
  faultsMs: Number(values.minutes) * 60_000,
  nodes: Number(values.nodes),
  requesters: Number(values.requesters),
  say: (line) => {
    if (!values.quiet)
      console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`)
  },
})
print(report)
if (report.problems.length === 0) rmSync(folder, { recursive: true, force: true })
else
  console.log(
    `\nData folders and logs are left in ${folder}. Again: npm run chaos -- --seed ${seed} --minutes ${values.minutes}`,
  )
process.exit(report.problems.length === 0 ? 0 : 1)

function print({ problems, requests, executions, unpaid, faults, lives, ...rest }: ChaosReport): void {
  console.log(
    `\nSeed ${rest.seed}. It came to rest ${(rest.settledMs / 1000).toFixed(0)} s after the last fault.`,
  )
  console.log('\nFaults')
  console.table(faults)
  console.log('Processes of each member')
  console.table(lives)
  console.log('Tasks, as their requesters have them')
  console.table(requests)
  console.log('Executions, as their nodes have them: state, receipt')
  console.table(executions)
  if (Object.keys(unpaid).length > 0) {
    console.log('Completed and not paid, by reason')
    console.table(unpaid)
  }
  console.log(
    `Credits: ${rest.credits}, ${rest.creditMicro} micro-credits. Debits: ${rest.debits}, ${rest.debitMicro} micro-credits.`,
  )
  console.log(
    `Through the proxies: ${(rest.bytes / 2 ** 20).toFixed(1)} MiB. Results left with other nodes: ${rest.lettersLeft}.`,
  )
  console.log(problems.length === 0 ? '\nAll that must hold does.' : `\n${problems.length} problems:`)
  for (const problem of problems) console.log(`- ${problem}`)
}
