import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import type { ChildExitView, HealthView } from '../protocol/health-views.ts'
import type { ReachabilityView } from '../protocol/network-views.ts'
import type { InferenceView, ModelView } from '../protocol/views.ts'

/** How the node that runs on a data folder is reached, for requesters of the same folder. */
export interface RunningNode {
  readonly peerId: string
  readonly addresses: readonly string[]
}

const runningNodeSchema = z.object({
  peerId: z.string().max(128),
  addresses: z.array(z.string().max(512)).max(32),
})

export function writeRunningNode(path: string, node: RunningNode): void {
  writeJson(path, node)
}

export function writeReachability(path: string, view: ReachabilityView): void {
  writeJson(path, view)
}

/** Undefined where no node runs. */
export function readReachability(path: string): ReachabilityView | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ReachabilityView
  } catch {
    return undefined
  }
}

/** What a running node found when its checks came to something else the last time. */
export interface RunningHealth {
  readonly health: HealthView
  readonly models: readonly ModelView[]
  readonly inference?: InferenceView
  readonly exits?: readonly ChildExitView[]
}

export function writeHealth(path: string, found: RunningHealth): void {
  writeJson(path, found)
}

/** Undefined where no node runs. */
export function readHealth(path: string): RunningHealth | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as RunningHealth
  } catch {
    return undefined
  }
}

/** Undefined where no node runs, or its file is damaged: it is only a hint. */
export function readRunningNode(path: string): RunningNode | undefined {
  try {
    const parsed = runningNodeSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

export function removeRunningNode(path: string): void {
  rmSync(path, { force: true })
}

function writeJson(path: string, value: unknown): void {
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(value)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}
