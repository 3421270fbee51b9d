import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type TestUser, withUser } from '../../scripts/package/test-user.mjs'
import { withDisplay } from '../../scripts/setup/virtual-display.mjs'
import { median } from '../bench/median.ts'
import { measureStarts, type Starts, type StartTimes } from './cold-start.ts'
import { plotMemory } from './plot.ts'
import { type ProcessKind, processKinds } from './process-figures.ts'
import { percent, runSoak, type SoakReport } from './run-soak.ts'
import { cpuShare } from './verdicts.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    starts: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    program: { type: 'string', default: 'dist/linux-unpacked' },
    out: { type: 'string', default: 'test-results/soak' },
  },
})
const minutes = Number(values.minutes)
const starts = Number(values.starts)
if (!(minutes === 0 || (minutes >= 1 && minutes <= 7 * 24 * 60))) {
  console.error('--minutes is 0, for no load, or a number from 1 to 10080, a week')
  process.exit(2)
}
if (!(Number.isInteger(starts) && starts >= 0 && starts <= 100)) {
  console.error('--starts is a whole number from 0 to 100')
  process.exit(2)
}
const out = resolve(values.out)
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
const startedAt = performance.now()
const say = (line: string) =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(7)} s  ${line}`)

const inDisplay = <T>(work: (place: { user: TestUser; display: string; unpacked: string }) => Promise<T>) =>
  withUser(`driad-soak-${process.pid}`, (user) =>
    withDisplay(({ DISPLAY: display = '' }) => work({ user, display, unpacked: resolve(values.program) }), {
      uid: user.uid,
      gid: user.gid,
    }),
  )

if (starts > 0) {
  say('the app starts, by turns with a bare Electron')
  const measured = await inDisplay((place) => measureStarts({ ...place, scratch: out, starts }))
  printStarts(measured)
  write('starts.json', measured)
}
if (minutes > 0) {
  const report = await inDisplay((place) =>
    runSoak({ ...place, minutes, out, seed: Number(values.seed), say }),
  )
  print(report)
  write('report.json', report)
  writeFileSync(join(out, 'memory.svg'), plotMemory(report.samples))
  say(`samples, logs and data folders are in ${out}`)
  process.exitCode = report.verdicts.every(({ holds }) => holds !== false) ? 0 : 1
}
process.exit()

function write(name: string, value: unknown): void {
  const plain = (_key: string, each: unknown) => (typeof each === 'bigint' ? String(each) : each)
  writeFileSync(join(out, name), JSON.stringify(value, plain, 1))
}

function printStarts({ first, further, bare }: Starts): void {
  const row = (times: readonly StartTimes[]) => {
    const of = (pick: (each: StartTimes) => number) => times.map(pick).toSorted((one, other) => one - other)
    const text = (values: readonly number[]) =>
      `${median(values).toFixed(0)} (${values[0]?.toFixed(0)} to ${values.at(-1)?.toFixed(0)})`
    return {
      'page, ms': text(of(({ pageMs }) => pageMs)),
      'first paint, ms': text(of(({ paintMs }) => paintMs)),
    }
  }
  console.log('From the start of the process; medians, and from the least to the most')
  console.table({
    'the first start': row([first]),
    'further starts': row(further),
    'bare Electron': row(bare),
  })
  const own = median(further.map(({ paintMs }) => paintMs)) - median(bare.map(({ paintMs }) => paintMs))
  console.log(`Of it our own work: ${own.toFixed(0)} ms`)
}

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
