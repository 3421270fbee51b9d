import { readdirSync, readFileSync } from 'node:fs'
import { cpuMs } from '../helpers/cpu-time.ts'

/** What the processes of the app are for; `helper` are Chromium's small ones: zygotes, network, crash handler. */
export const processKinds = ['main', 'window', 'gpu', 'inference', 'helper'] as const
export type ProcessKind = (typeof processKinds)[number]

export interface ProcessFigures {
  readonly kind: ProcessKind
  readonly pid: number
  /** CPU time since the process began. */
  readonly cpuMs: number
  /** Memory with what is shared divided among those that share it, and all of it. */
  readonly pssBytes: number
  readonly rssBytes: number
  readonly descriptors: number
  readonly threads: number
}

/** By a command line of Electron. Undefined for programs that are no part of the app, such as its display. */
export function kindOf(command: readonly string[], program: string): ProcessKind | undefined {
  const type = command.find((word) => word.startsWith('--type='))?.slice('--type='.length)
  switch (type) {
    case undefined:
      if (command[0] === program) return 'main'
      return command[0]?.endsWith('chrome_crashpad_handler') ? 'helper' : undefined
    case 'renderer':
      return 'window'
    case 'gpu-process':
      return 'gpu'
    case 'utility':
      return command.includes('--utility-sub-type=node.mojom.NodeService') ? 'inference' : 'helper'
    default:
      return 'helper'
  }
}

/** Undefined for a process that has just ended. Needs the rights to look into it. */
export function figuresOf(pid: number, kind: ProcessKind): ProcessFigures | undefined {
  try {
    const memory = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return {
      kind,
      pid,
      cpuMs: cpuMs(pid),
      pssBytes: kibibytes(memory, 'Pss'),
      rssBytes: kibibytes(memory, 'Rss'),
      descriptors: readdirSync(`/proc/${pid}/fd`).length,
      threads: Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0),
    }
  } catch {
    return undefined
  }
}

function kibibytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024
}
