import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { withUser } from '../../scripts/package/test-user.mjs'
import { withDisplay } from '../../scripts/setup/virtual-display.mjs'
import { type ProcessKind, processKinds } from './process-figures.ts'
import { percent, runSoak, type SoakReport } from './run-soak.ts'
import { cpuShare } from './verdicts.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string', default: '1' },
    program: { type: 'string', default: 'dist/linux-unpacked' },
    out: { type: 'string', default: 'test-results/soak' },
  },
})
const minutes = Number(values.minutes)
if (!(minutes >= 1 && minutes <= 7 * 24 * 60)) {
  console.error('--minutes is a number from 1 to 10080, a week')
  process.exit(2)
}
const out = resolve(values.out)
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const startedAt = performance.now()
const say = (line: string) =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`)

const report = await withUser('driad-soak', (user) =>
  withDisplay(
    ({ DISPLAY: display = '' }) =>
      runSoak({
        minutes,
        user,
        display,
        unpacked: resolve(values.program),
        out,
        seed: Number(values.seed),
        say,
      }),
    { uid: user.uid, gid: user.gid },
  ),
)
print(report)
writeFileSync(
  join(out, 'report.json'),
  JSON.stringify(report, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value), 1),
)
say(`samples, logs and data folders are in ${out}`)
process.exit(report.verdicts.every(({ holds }) => holds !== false) ? 0 : 1)

function print({ samples, audited, ...rest }: SoakReport): void {
  console.log('\nCPU, in percent of a core')
  const phases = ['load', 'idle', 'paused', 'paused-hidden']
  console.table(
    Object.fromEntries(
      phases.map((phase) => {
        const own = samples.filter((sample) => sample.phase === phase)
        const of = (kinds: readonly ProcessKind[]) => percent(cpuShare(own, kinds))
        return [
          phase,
          { all: of(processKinds), ...Object.fromEntries(processKinds.map((kind) => [kind, of([kind])])) },
        ]
      }),
    ),
  )
  console.log(
    `${rest.visits} visits, ${rest.kills} requesters killed, ${rest.walks} walks in the window, ${rest.hidings} times in the tray`,
  )
  console.log('Tasks, as their requesters have them')
  console.table(audited.requests)
  console.log('Executions, as the node has them: state, receipt')
  console.table(audited.executions)
  for (const [reason, count] of Object.entries(rest.expectedLines))
    console.log(`${count} lines are expected: ${reason}`)
  for (const line of rest.unexpectedLines) console.log(`not expected: ${line}`)
  for (const failure of rest.failures) console.log(`went wrong: ${failure}`)
  for (const problem of audited.problems) console.log(`books: ${problem}`)
  console.log('')
  for (const { what, holds, figures } of rest.verdicts)
    console.log(`${holds === undefined ? 'not judged' : holds ? 'holds' : 'FAILS'}  ${what}: ${figures}`)
}
