import { t } from '../../locales/translate.ts'
import { isWorded, type WordedCode } from '../../locales/words/error-title.ts'
import type { DriadErrorCode } from '../../protocol/errors.ts'
import type { ViewName } from '../app/routes.ts'

/** What an error means to an operator: beside the message, which says what happened. */
export interface ErrorWords {
  readonly title: string
  /** What it means for earning. */
  readonly meaning: string
  /** Where in the window it is mended, if it is. */
  readonly mend?: { readonly label: string; readonly view: ViewName }
}

const mends: Partial<Record<WordedCode, 'settings' | 'models' | 'logs' | 'earnings'>> = {
  model_unavailable: 'models',
  price_too_high: 'models',
  inference_crashed: 'logs',
  model_not_found: 'models',
  model_invalid: 'models',
  device_unavailable: 'models',
  out_of_memory: 'models',
  port_in_use: 'settings',
  store_corrupt: 'logs',
  ledger_invalid: 'earnings',
  identity_invalid: 'logs',
  network_unreachable: 'settings',
  internal: 'logs',
}

/** Words for a code; for one that needs none of its own, `fallbackTitle` stands above the message. */
export function errorWords(
  code: DriadErrorCode | undefined,
  fallbackTitle: string = t('errors:unknown'),
): ErrorWords {
  if (!isWorded(code)) return { title: fallbackTitle, meaning: '' }
  const mend = mends[code]
  return {
    title: t(`errors:${code}.title`),
    meaning: t(`errors:${code}.meaning`),
    ...(mend !== undefined && { mend: { label: t(`common:open.${mend}`), view: mend } }),
  }
}
