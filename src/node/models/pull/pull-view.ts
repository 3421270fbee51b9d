import { join } from 'node:path'
import type { PullView } from '../../../protocol/pull-views.ts'
import type { PullProgress } from './pull-files.ts'
import type { PullRow } from './pull-rows.ts'

export interface PullSituation {
  readonly folder: string
  /** Where this process downloads it: how it gets on. */
  readonly progress: PullProgress | undefined
  readonly ours: boolean
  /** The process that downloads it, where it is another one. */
  readonly otherProcess: number | undefined
}

/** A download as the window and the command show it. */
export function pullView(row: PullRow, situation: PullSituation): PullView {
  const { progress, folder } = situation
  const { request, error, state } = row
  const [first] = request.files
  const totalBytes = progress?.totalBytes ?? row.totalBytes ?? sizeOf(row)
  const notice = noticeOf(row, situation)
  return {
    id: row.id,
    name: row.name,
    state: stateOf(row, situation),
    ...(progress !== undefined && { phase: progress.phase }),
    source: hostOf(first?.sources[0]),
    files: request.files.map(({ fileName, sizeBytes }, index) => {
      const file = progress?.files[index]
      const size = file?.totalBytes ?? sizeBytes
      return {
        fileName,
        ...(size !== undefined && { sizeBytes: size }),
        ...(file !== undefined && { receivedBytes: file.receivedBytes }),
      }
    }),
    receivedBytes: progress?.receivedBytes ?? row.receivedBytes,
    resumedBytes: progress?.resumedBytes ?? 0,
    ...(totalBytes !== undefined && { totalBytes }),
    ...(progress?.verifiedBytes !== undefined && { verifiedBytes: progress.verifiedBytes }),
    bytesPerSecond: progress?.bytesPerSecond ?? 0,
    ...(progress?.etaMs !== undefined && { etaMs: progress.etaMs }),
    ...(notice !== undefined && { notice }),
    ...(error !== undefined && { error }),
    ...(row.nextTryAtMs !== undefined && { nextTryAtMs: row.nextTryAtMs }),
    ...(row.verified !== undefined && { verified: row.verified }),
    ...(state === 'completed' && first !== undefined && { path: join(folder, first.fileName) }),
    load: row.load,
    ...(request.licence !== undefined && { licence: request.licence }),
    ...(request.page !== undefined && { page: request.page }),
    createdAtMs: row.createdAtMs,
    updatedAtMs: row.updatedAtMs,
  }
}

/** What was running when its process was killed waits to be taken up. */
function stateOf({ state }: PullRow, { ours, otherProcess }: PullSituation): PullView['state'] {
  const running = state === 'downloading' || state === 'verifying'
  return running && !ours && otherProcess === undefined ? 'queued' : state
}

function noticeOf({ state }: PullRow, { progress, otherProcess }: PullSituation): PullView['notice'] {
  if (progress?.notice !== undefined) return progress.notice
  if (otherProcess !== undefined && (state === 'downloading' || state === 'verifying'))
    return { code: 'elsewhere', processId: otherProcess }
  return undefined
}

function sizeOf({ request }: PullRow): number | undefined {
  const sizes = request.files.map(({ sizeBytes }) => sizeBytes)
  return sizes.includes(undefined) ? undefined : sizes.reduce<number>((total, size) => total + (size ?? 0), 0)
}

function hostOf(source: string | undefined): string {
  return source !== undefined && URL.canParse(source) ? new URL(source).host : ''
}
