import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestUser } from '../../scripts/package/test-user.mjs'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { type AuditResult, audit } from '../chaos/audit.ts'
import { driad, startNode, until } from '../helpers/driad-process.ts'
import { demoModelPath } from '../helpers/models.ts'
import { Load } from './load.ts'
import { LogWatch } from './log-watch.ts'
import { dataDirOf, installFor, PackagedApp } from './packaged-app.ts'
import { type Sample, Sampler } from './sampler.ts'
import { cpuShare, flatness, PAUSED_CPU_SHARE, type Verdict } from './verdicts.ts'
import { heapOf, join as joinNetwork, openView, pause, walkOn } from './walk-window.ts'

export interface SoakInit {
  /** Of the load; resting takes about a third of it more. */
  readonly minutes: number
  readonly user: TestUser
  readonly display: string
  /** The folder of the packaged program. */
  readonly unpacked: string
  /** Gets samples, logs and data folders. */
  readonly out: string
  readonly seed: number
  readonly say: (line: string) => void
}

export interface SoakReport {
  readonly verdicts: readonly Verdict[]
  readonly audited: AuditResult
  readonly samples: readonly Sample[]
  readonly visits: number
  readonly kills: number
  readonly walks: number
  readonly hidings: number
  /** What went wrong in the window, with the requesters, or in looking at the processes. */
  readonly failures: readonly string[]
  readonly unexpectedLines: readonly string[]
  readonly expectedLines: Readonly<Record<string, number>>
}

const MINUTE_MS = 60_000
/** Heaps and caches grow to their size in the first minutes: shorter loads say nothing of what stays. */
const FLAT_FROM_MS = 20 * MINUTE_MS
const SAMPLE_MS = 10_000
/** Other nodes, which take no tasks: a node is never alone with its requesters. */
const NEIGHBOURS = 2
const STEP_MS = 20_000
/** The window is closed at one of so many steps, and shown again after that time. */
const STEPS_BETWEEN_HIDINGS = 12
const FIRST_HIDING = 4
const HIDDEN_MS = 40_000
const STEPS_BETWEEN_HEAPS = 3
/** Longest that it rests paused with its window shown, which is what is judged. */
const LONG_REST_MS = 10 * MINUTE_MS
/** From the end of the work until a rest counts. */
const CALM_MS = 10_000

/** Lets the packaged app serve tasks, then rest, and judges what it used and what the books say. */
export async function runSoak(init: SoakInit): Promise<SoakReport> {
  const { user, display, out, say } = init
  const network = `soak-${process.pid}`
  const loadMs = init.minutes * MINUTE_MS
  const members = join(out, 'members')
  mkdirSync(members, { recursive: true })
  await using stack = new AsyncDisposableStack()

  await prepareDataFolder(user)
  const folder = installFor(user, init.unpacked, 'Driad')
  const log = createWriteStream(join(out, 'app.log'))
  stack.defer(() => void log.end())
  const watch = new LogWatch()
  const onLine = (line: string) => {
    log.write(`${line}\n`)
    watch.add(line)
  }
  say('the packaged app starts and joins')
  const app = stack.use(await PackagedApp.start({ folder, user, display, network, onLine }))
  await app.withWindow(joinNetwork)
  await until(() => app.address() !== undefined, 'the node is online')
  app.assertSandboxed()
  const bootstrap = () => [app.address() ?? '']
  for (let at = 0; at < NEIGHBOURS; at++) {
    const dataDir = join(members, `neighbour-${at}`)
    const flags = ['--data-dir', dataDir, '--network', network, '--listen', '/ip4/127.0.0.1/tcp/0']
    const node = await startNode([...flags, '--log-level', 'error', '--bootstrap', app.address() ?? ''])
    stack.defer(() => void node.stop())
    await driad(['pause', '--data-dir', dataDir])
  }

  const sampler = new Sampler(app, join(out, 'samples.csv'))
  const phase = (name: string) => {
    say(name)
    sampler.phase = name
    sampler.take()
  }
  const sampleMs = Math.min(SAMPLE_MS, loadMs / 60)
  const missed: string[] = []
  using _sampling = every(sampleMs, () => {
    try {
      sampler.take()
    } catch (error) {
      missed.push(`a sample: ${String(error)}`)
    }
  })

  phase('load')
  const load = new Load({
    folder: members,
    network,
    bootstrap,
    models: ['demo', 'second'],
    seed: init.seed,
    say,
  })
  const loadSignal = AbortSignal.timeout(loadMs)
  loadSignal.addEventListener('abort', () => {
    sampler.take()
    sampler.phase = 'drain'
  })
  const walked: Walked = { walks: 0, hidings: 0, failures: [] }
  await Promise.all([load.run(loadSignal), walkUntil(loadSignal, app, sampler, walked)])
  const served = sampler.tasks()
  await until(
    () => {
      const { tasks, ended } = sampler.tasks()
      return tasks === ended
    },
    'all tasks have ended',
    MINUTE_MS,
  )

  const rest = async (name: string, ms: number) => {
    sampler.phase = 'calm'
    await app.leaveWindow()
    await sleep(CALM_MS)
    phase(name)
    await sleep(ms)
    sampler.take()
  }
  await app.withWindow((page) => openView(page, 'Overview'))
  await rest('idle', Math.max(30_000, loadMs / 60))
  await app.withWindow(pause)
  await rest('paused', Math.max(60_000, Math.min(LONG_REST_MS, loadMs / 5)))
  await app.closeWindow()
  await rest('paused-hidden', Math.max(60_000, loadMs / 20))

  say('it ends, and the books are compared')
  sampler.phase = 'end'
  _sampling[Symbol.dispose]()
  await app.quit()
  const data = join(out, 'app-data')
  cpSync(app.dataDir, data, { recursive: true })
  const audited = await audit([
    { name: 'the app', kind: 'node', dataDir: data },
    ...load.dataDirs.map((dataDir) => ({ name: dataDir, kind: 'requester' as const, dataDir })),
  ])
  const inPhase = (name: string) => sampler.samples.filter((sample) => sample.phase === name)
  const least = Math.floor(loadMs / 1_000)
  const verdicts: Verdict[] = [
    ...flatness(inPhase('load'), loadMs >= FLAT_FROM_MS),
    ...['paused', 'paused-hidden'].map((name) => {
      const share = cpuShare(inPhase(name))
      return { what: `CPU, ${name}`, holds: share < PAUSED_CPU_SHARE, figures: percent(share) }
    }),
    {
      what: 'lines of level warn or error',
      holds: watch.unexpected.length === 0,
      figures: `${watch.unexpected.length} of ${watch.lines} that nothing explains`,
    },
    ...[
      { what: 'views and tray', failures: walked.failures },
      { what: 'requesters', failures: load.failures },
      { what: 'samples', failures: missed },
    ].map(({ what, failures }) => ({
      what,
      holds: failures.length === 0,
      figures: `${failures.length} failures`,
    })),
    {
      what: 'tasks served',
      holds: served.ended >= least,
      figures: `${served.ended}; at least ${least} must be, one a second`,
    },
    {
      what: 'books',
      holds: audited.problems.length === 0 && audited.creditMicro === audited.debitMicro,
      figures: `${audited.problems.length} problems; ${audited.credits} credits of ${audited.creditMicro} micro-credits, ${audited.debits} debits of ${audited.debitMicro}`,
    },
  ]
  return {
    verdicts,
    audited,
    samples: sampler.samples,
    visits: load.visits,
    kills: load.kills,
    walks: walked.walks,
    hidings: walked.hidings,
    failures: [...walked.failures, ...load.failures, ...missed],
    unexpectedLines: watch.unexpected,
    expectedLines: Object.fromEntries(watch.counts),
  }
}

interface Walked {
  walks: number
  hidings: number
  readonly failures: string[]
}

/** As somebody would who looks after the node now and then: view by view, and sometimes it goes to the tray. */
async function walkUntil(
  signal: AbortSignal,
  app: PackagedApp,
  sampler: Sampler,
  walked: Walked,
): Promise<void> {
  for (let step = 0; !signal.aborted; step++) {
    try {
      await app.withWindow(async (page) => {
        await walkOn(page, step)
        if (step % STEPS_BETWEEN_HEAPS === 0) sampler.heap = await heapOf(page)
      })
      walked.walks++
      if (step % STEPS_BETWEEN_HIDINGS === FIRST_HIDING) {
        await app.closeWindow()
        await sleep(HIDDEN_MS)
        await app.showWindow('driad://tasks')
        walked.hidings++
      }
    } catch (error) {
      if (app.hasEnded) throw error
      walked.failures.push(`step ${step}: ${String(error)}`)
    }
    await sleep(STEP_MS, undefined, { signal }).catch(() => undefined)
  }
}

/** What its operator would have answered and added before: the tray is explained, and there is a second model. */
async function prepareDataFolder(user: TestUser): Promise<void> {
  const dataDir = dataDirOf(user)
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const second = join(user.home, 'second.gguf')
  copyFileSync(demoModelPath, second)
  const added = await driad(['models', 'add', second, '--data-dir', dataDir])
  if (added.code !== 0) throw new Error(`The second model was not added: ${added.stderr}`)
  const store = openStore({ path: join(dataDir, 'driad.sqlite') })
  await openSettings({ store }).set({ trayExplained: true, onBattery: 'serve' })
  await store.close()
  execFileSync('chown', ['-R', `${user.name}:`, user.home])
}

function every(ms: number, act: () => void): Disposable {
  const timer = setInterval(act, ms)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(2)} % of a core`
}
