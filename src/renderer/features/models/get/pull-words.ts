import { t } from '../../../../locales/translate.ts'
import type { PullView } from '../../../../protocol/pull-views.ts'
import { bytes } from '../../../format/numbers.ts'
import type { StateWords } from '../../../format/task-words.ts'
import { duration } from '../../../format/time.ts'

export function isRunning({ state }: PullView): boolean {
  return state === 'queued' || state === 'downloading' || state === 'verifying'
}

/** It neither runs nor waits for anybody: only a line that tells of it is left. */
export function isFinished({ state }: PullView): boolean {
  return state === 'completed' || state === 'cancelled'
}

export function pullWords(pull: PullView): StateWords {
  switch (pull.state) {
    case 'queued':
      return pull.nextTryAtMs === undefined
        ? { label: t('models-get:pull.waiting'), tone: 'waiting' }
        : { label: t('models-get:pull.triesAgain'), tone: 'waiting' }
    case 'downloading':
      if (pull.phase === 'connecting') return { label: t('models-get:pull.connecting'), tone: 'running' }
      return pull.phase === 'verifying'
        ? { label: t('models-get:pull.checking'), tone: 'running' }
        : { label: t('models-get:pull.downloading'), tone: 'running' }
    case 'verifying':
      return { label: t('models-get:pull.checking'), tone: 'running' }
    case 'paused':
      return { label: t('models-get:pull.paused'), tone: 'neutral' }
    case 'completed':
      return { label: t('models-get:pull.here'), tone: 'earned' }
    case 'failed':
      return { label: t('models-get:pull.failed'), tone: 'attention' }
    case 'cancelled':
      return { label: t('models-get:pull.cancelled'), tone: 'neutral' }
  }
}

/** How far it is, 0 to 1; undefined while nobody knows how much there is. */
export function pullShare(pull: PullView): number | undefined {
  const { totalBytes, receivedBytes, verifiedBytes, state } = pull
  if (state === 'completed') return 1
  if (totalBytes === undefined || totalBytes <= 0) return undefined
  const done = isChecking(pull) && verifiedBytes !== undefined ? verifiedBytes : receivedBytes
  return Math.min(1, Math.max(0, done / totalBytes))
}

/** `1.2 GB of 4.92 GB · 12.3 MB/s · 4 min 12 s left`. */
export function pullProgressWords(pull: PullView): string {
  const { totalBytes, receivedBytes, verifiedBytes, bytesPerSecond, etaMs, state } = pull
  if (state === 'completed') {
    const checked =
      pull.verified === true ? t('models-get:progress.verified') : t('models-get:progress.unverified')
    return `${bytes(totalBytes ?? receivedBytes)} · ${checked}`
  }
  const done = isChecking(pull) && verifiedBytes !== undefined ? verifiedBytes : receivedBytes
  const amount =
    totalBytes === undefined
      ? bytes(done)
      : t('models-get:progress.of', { done: bytes(done), total: bytes(totalBytes) })
  const isLoading = state === 'downloading' && !isChecking(pull)
  return [
    isChecking(pull) ? t('models-get:progress.readForDigest', { amount }) : amount,
    ...(isLoading && bytesPerSecond > 0
      ? [t('models-get:progress.perSecond', { size: bytes(bytesPerSecond) })]
      : []),
    ...(isLoading && etaMs !== undefined ? [t('models-get:progress.left', { time: duration(etaMs) })] : []),
  ].join(' · ')
}

function isChecking({ state, phase }: PullView): boolean {
  return state === 'verifying' || (state === 'downloading' && phase === 'verifying')
}

/** Running ones first, then those that need somebody, then what is over; in each the newest first. */
export function arrangePulls(pulls: readonly PullView[]): PullView[] {
  const place = (pull: PullView) => (isRunning(pull) ? 0 : isFinished(pull) ? 2 : 1)
  return [...pulls].sort((a, b) => place(a) - place(b) || b.createdAtMs - a.createdAtMs)
}
