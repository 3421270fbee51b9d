import { appendFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import Libsql from 'libsql'
import type { PackagedApp } from './packaged-app.ts'
import { type ProcessFigures, type ProcessKind, processKinds } from './process-figures.ts'

export interface KindSample {
  readonly processes: number
  readonly pssBytes: number
  readonly rssBytes: number
  /** CPU time of its processes, those that have ended included, since the sampling began. */
  readonly cpuMs: number
  readonly descriptors: number
  readonly threads: number
}

export interface Sample {
  /** Since the sampling began. */
  readonly atMs: number
  readonly phase: string
  readonly kinds: Readonly<Record<ProcessKind, KindSample>>
  readonly databaseBytes: number
  readonly walBytes: number
  readonly logBytes: number
  /** Tasks that the node has in its database, and those that have ended. */
  readonly tasks: number
  readonly ended: number
  /** Objects of the page, and nodes of its documents, where they were counted. */
  readonly heapBytes: number | undefined
  readonly domNodes: number | undefined
}

/** Writes down what the app uses, from outside of it, as rows of a CSV file. */
export class Sampler {
  readonly samples: Sample[] = []
  /** Said with each row. */
  phase = 'start'
  /** Set by who counted them; said with the next row. */
  heap: { readonly liveBytes: number; readonly nodes: number } | undefined
  readonly #app: PackagedApp
  readonly #path: string
  readonly #startedAt = performance.now()
  /** CPU time of each process when it was seen first and last. */
  readonly #cpu = new Map<number, { readonly kind: ProcessKind; readonly fromMs: number; toMs: number }>()
  /** What processes spent whose number another one has by now. */
  readonly #endedCpuMs = new Map<ProcessKind, number>()

  constructor(app: PackagedApp, path: string) {
    this.#app = app
    this.#path = path
    writeFileSync(path, `${header().join(',')}\n`)
    this.#lookAtCpu(app.figures(), true)
  }

  take(): Sample {
    const figures = this.#app.figures()
    this.#lookAtCpu(figures, false)
    const sample: Sample = {
      atMs: performance.now() - this.#startedAt,
      phase: this.phase,
      kinds: Object.fromEntries(
        processKinds.map((kind) => [kind, this.#kind(kind, figures)]),
      ) as Sample['kinds'],
      databaseBytes: sizeOf(join(this.#app.dataDir, 'driad.sqlite')),
      walBytes: sizeOf(join(this.#app.dataDir, 'driad.sqlite-wal')),
      logBytes: readdirSync(join(this.#app.dataDir, 'logs')).reduce(
        (sum, name) => sum + sizeOf(join(this.#app.dataDir, 'logs', name)),
        0,
      ),
      ...this.tasks(),
      heapBytes: this.heap?.liveBytes,
      domNodes: this.heap?.nodes,
    }
    this.heap = undefined
    this.samples.push(sample)
    appendFileSync(this.#path, `${row(sample).join(',')}\n`)
    return sample
  }

  /** What the node has in its database. */
  tasks(): { readonly tasks: number; readonly ended: number } {
    const { tasks, ended } = taskCounts(join(this.#app.dataDir, 'driad.sqlite'))
    return { tasks, ended }
  }

  #kind(kind: ProcessKind, figures: readonly ProcessFigures[]): KindSample {
    const own = figures.filter((process) => process.kind === kind)
    const sum = (of: (process: ProcessFigures) => number) => own.reduce((total, each) => total + of(each), 0)
    const cpuMs = [...this.#cpu.values()]
      .filter((process) => process.kind === kind)
      .reduce((total, { fromMs, toMs }) => total + toMs - fromMs, this.#endedCpuMs.get(kind) ?? 0)
    return {
      processes: own.length,
      pssBytes: sum(({ pssBytes }) => pssBytes),
      rssBytes: sum(({ rssBytes }) => rssBytes),
      cpuMs,
      descriptors: sum(({ descriptors }) => descriptors),
      threads: sum(({ threads }) => threads),
    }
  }

  #lookAtCpu(figures: readonly ProcessFigures[], first: boolean): void {
    for (const { pid, kind, cpuMs } of figures) {
      const known = this.#cpu.get(pid)
      if (known?.kind === kind && known.toMs <= cpuMs) {
        known.toMs = cpuMs
        continue
      }
      if (known !== undefined) {
        const before = this.#endedCpuMs.get(known.kind) ?? 0
        this.#endedCpuMs.set(known.kind, before + known.toMs - known.fromMs)
      }
      // All that a process spent that was not there before, it spent since.
      this.#cpu.set(pid, { kind, fromMs: first ? cpuMs : 0, toMs: cpuMs })
    }
  }
}

const kindColumns = ['processes', 'pss_bytes', 'rss_bytes', 'cpu_ms', 'descriptors', 'threads'] as const

function header(): readonly string[] {
  return [
    'at_s',
    'phase',
    ...processKinds.flatMap((kind) => kindColumns.map((column) => `${kind}_${column}`)),
    'database_bytes',
    'wal_bytes',
    'log_bytes',
    'tasks',
    'ended',
    'page_heap_bytes',
    'page_dom_nodes',
  ]
}

function row(sample: Sample): readonly (string | number)[] {
  return [
    (sample.atMs / 1_000).toFixed(1),
    sample.phase,
    ...processKinds.flatMap((kind) => {
      const { processes, pssBytes, rssBytes, cpuMs, descriptors, threads } = sample.kinds[kind]
      return [processes, pssBytes, rssBytes, cpuMs, descriptors, threads]
    }),
    sample.databaseBytes,
    sample.walBytes,
    sample.logBytes,
    sample.tasks,
    sample.ended,
    sample.heapBytes ?? '',
    sample.domNodes ?? '',
  ]
}

function taskCounts(path: string): { readonly tasks: number; readonly ended: number } {
  const database = new Libsql(`${pathToFileURL(path).href}?mode=ro`)
  try {
    return database
      .prepare('SELECT count(*) AS tasks, count(ended_at_ms) AS ended FROM node_tasks')
      .get() as {
      tasks: number
      ended: number
    }
  } finally {
    database.close()
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
