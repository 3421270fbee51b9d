import { downloadNotice } from '../locales/words/download-words.ts'
import type { PullView } from '../protocol/pull-views.ts'

const BAR_CHARS = 20

/** How a download gets on, in one line. */
export function progressText(view: PullView): string {
  const { name, receivedBytes, totalBytes, phase, verifiedBytes, bytesPerSecond, etaMs, notice } = view
  if (notice !== undefined) return `${name}  ${percentText(view)}  ${downloadNotice(notice)}`
  if (phase === 'verifying' || view.state === 'verifying') {
    const share = totalBytes === undefined ? undefined : (verifiedBytes ?? 0) / totalBytes
    return `${name}  ${barText(share)}  checking what came`
  }
  if (phase !== 'downloading')
    return `${name}  ${view.state === 'queued' ? 'waiting for its turn' : 'connecting'}`
  const share = totalBytes === undefined ? undefined : receivedBytes / totalBytes
  const left = etaMs === undefined ? '' : `, ${durationText(etaMs)} left`
  const of = totalBytes === undefined ? '' : ` of ${bytesText(totalBytes)}`
  return `${name}  ${barText(share)} ${percentText(view)}  ${bytesText(receivedBytes)}${of}, ${bytesText(bytesPerSecond)}/s${left}`
}

/** One of the queue, in one line or two. */
export function pullText(view: PullView): string {
  const { name, state, source, receivedBytes, totalBytes, error, notice, verified } = view
  const size = totalBytes === undefined ? '' : `, ${bytesText(receivedBytes)} of ${bytesText(totalBytes)}`
  const ended =
    state === 'completed' ? `, ${verified === true ? 'verified' : 'not verified by a digest'}` : size
  const why = error === undefined ? '' : `\n  ${error.message} (${error.code})`
  return `${name}  ${state}${ended}, from ${source}${notice === undefined ? '' : `\n  ${downloadNotice(notice)}`}${why}`
}

export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

export function percentText({ receivedBytes, totalBytes }: PullView): string {
  return totalBytes === undefined || totalBytes === 0
    ? bytesText(receivedBytes)
    : `${Math.floor((receivedBytes * 100) / totalBytes)} %`
}

function barText(share: number | undefined): string {
  if (share === undefined) return ''
  const full = Math.round(Math.min(1, Math.max(0, share)) * BAR_CHARS)
  return '█'.repeat(full) + '░'.repeat(BAR_CHARS - full)
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (seconds < 90) return `${seconds} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`
}
