import { spokenLanguage, t } from '../../locales/translate.ts'
import { pauseReasons, pauseTitle } from '../../locales/words/pause-words.ts'
import type { Happening } from './happenings.ts'

export interface NotificationText {
  readonly title: string
  readonly body: string
  /** Where in the window one sees more: its location's hash. */
  readonly route: string
}

/** One notification for everything of one kind that has happened since the last. `happened` holds at least one. */
export function notificationText(happened: readonly Happening[], nowMs: number): NotificationText {
  const last = happened.at(-1)
  if (last === undefined) throw new RangeError('Nothing has happened')
  const count = happened.length
  switch (last.kind) {
    case 'trouble':
      return {
        title: t(`notifications:trouble.${last.code}.title`),
        body: t(`notifications:trouble.${last.code}.body`),
        route: last.code === 'failed' ? '#/overview' : '#/models/devices',
      }
    case 'models':
      return {
        title:
          count === 1
            ? t('notifications:models.one', { name: last.name })
            : t('notifications:models.several', { count }),
        body: t('notifications:models.body'),
        route: '#/models',
      }
    case 'downloads': {
      const failed = happened.filter((each) => each.kind === 'downloads' && each.code === 'failed').length
      if (count === 1)
        return {
          title: t(`notifications:downloads.${last.code}.title`, { name: last.name }),
          body: t(`notifications:downloads.${last.code}.body`),
          route: '#/models/get',
        }
      return {
        title: t('notifications:downloads.several', { count }),
        body:
          failed === 0
            ? t('notifications:downloads.completed.body')
            : t('notifications:downloads.someFailed', { count: failed }),
        route: '#/models/get',
      }
    }
    case 'payments': {
      const tasks = happened.reduce((sum, each) => sum + (each.kind === 'payments' ? each.tasks : 0), 0)
      return {
        title: t('notifications:payments.title', { count: tasks }),
        body: t('notifications:payments.body'),
        route: '#/earnings/unpaid',
      }
    }
    case 'earnings':
      return {
        title:
          last.code === 'first'
            ? t('notifications:earnings.first')
            : t('notifications:earnings.day', { credits: creditsText(last.earnedMicro) }),
        body:
          last.code === 'first'
            ? t('notifications:earnings.firstBody', { credits: creditsText(last.earnedMicro) })
            : t('notifications:earnings.dayBody', { count: last.tasks }),
        route: '#/earnings',
      }
    case 'pauses':
      return last.pause === undefined
        ? { title: t('notifications:pauses.over'), body: '', route: '#/overview' }
        : {
            title: pauseTitle(last.pause, nowMs),
            body: pauseReasons(last.pause.reasons),
            route: '#/overview',
          }
    case 'updates':
      return {
        title: t('notifications:updates.title', { version: last.version }),
        body: t('notifications:updates.body'),
        route: '#/settings/updates',
      }
  }
}

function creditsText(micro: bigint): string {
  return new Intl.NumberFormat(spokenLanguage(), { maximumSignificantDigits: 4 }).format(
    Number(micro) / 1_000_000,
  )
}
