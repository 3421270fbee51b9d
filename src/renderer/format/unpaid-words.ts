import { t } from '../../locales/translate.ts'
import type { UnpaidCode } from '../../protocol/payment.ts'
import type { Route } from '../app/routes.ts'
import type { Tone } from './task-words.ts'

/** Why a task brought nothing, as one would say it: what that means, and what can be done. */
export interface UnpaidWords {
  readonly label: string
  readonly tone: Tone
  readonly meaning: string
  readonly advice: string
  /** Where in the window it is done, if there is anything to do. */
  readonly mend?: { readonly label: string; readonly route: Route }
}

type Place = 'prices' | 'logs' | 'settings' | 'requesters' | 'network' | 'models'

const routes: Readonly<Record<Place, Route>> = {
  prices: { view: 'settings' },
  logs: { view: 'logs' },
  settings: { view: 'settings' },
  requesters: { view: 'earnings', tab: 'requesters' },
  network: { view: 'network' },
  models: { view: 'models' },
}

const causes: Readonly<Record<UnpaidCode, { readonly tone: Tone; readonly mend?: Place }>> = {
  free: { tone: 'neutral', mend: 'prices' },
  failed_by_node: { tone: 'attention', mend: 'logs' },
  failed_by_requester: { tone: 'neutral' },
  cancelled: { tone: 'neutral' },
  expired: { tone: 'attention', mend: 'settings' },
  superseded: { tone: 'neutral', mend: 'requesters' },
  requester_gone: { tone: 'attention', mend: 'network' },
  no_receipt: { tone: 'attention', mend: 'requesters' },
  receipt_wrong: { tone: 'attention', mend: 'requesters' },
  disputed: { tone: 'attention', mend: 'models' },
}

export function unpaidWords(code: UnpaidCode): UnpaidWords {
  const { tone, mend } = causes[code]
  return {
    label: t(`unpaid:${code}.label`),
    tone,
    meaning: t(`unpaid:${code}.meaning`),
    advice: t(`unpaid:${code}.advice`),
    ...(mend !== undefined && { mend: { label: t(`common:open.${mend}`), route: routes[mend] } }),
  }
}
