import type {
  HealthCheckView,
  HealthMend,
  HealthPlace,
  HealthState,
  HealthSubject,
} from '../../protocol/health-views.ts'
import { spokenLanguage, t } from '../translate.ts'
import { errorTitle } from './error-title.ts'

/** What a check found, as one sentence without its full stop. */
export function healthSentence({ code, facts }: Pick<HealthCheckView, 'code' | 'facts'>): string {
  const size = (name: string) => bytesText(Number(facts[name] ?? 0))
  // Of peers that a clock was compared with.
  const count = Number(facts['count'] ?? facts['peers'] ?? 0)
  const error = facts['error'] === undefined ? {} : { error: errorTitle(String(facts['error'])) }
  return t(`health:code.${code}`, {
    ...facts,
    ...error,
    count,
    free: size('freeBytes'),
    total: size('totalBytes'),
    size: size('sizeBytes'),
  })
}

export function healthSubject(subject: HealthSubject): string {
  return t(`health:subject.${subject}`)
}

/** The heading above the checks of a state. */
export function healthGroup(state: HealthState): string {
  return t(`health:group.${state}`)
}

/** The words on its button. */
export function mendWords(mend: HealthMend): string {
  return mend.act === 'open' ? placeWords(mend.place) : t(`health:mend.${mend.act}`)
}

function placeWords(place: HealthPlace): string {
  const view = place.split('/')[0] as 'network' | 'models' | 'earnings' | 'overview' | 'logs' | 'settings'
  return t(`health:place.${view}`)
}

/** Decimal units, at most three digits: `4.92 GB`. */
export function bytesText(bytes: number): string {
  for (const [step, unit] of [
    [1e12, 'TB'],
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ] as const) {
    if (bytes >= step * 0.9995) return `${threeDigits(bytes / step)} ${unit}`
  }
  return `${threeDigits(bytes)} B`
}

function threeDigits(value: number): string {
  return new Intl.NumberFormat(spokenLanguage(), { maximumSignificantDigits: 3 }).format(value)
}
