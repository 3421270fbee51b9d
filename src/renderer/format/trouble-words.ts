import { t } from '../../locales/translate.ts'
import { deviceCause } from '../../locales/words/device-words.ts'
import type { NodeTrouble } from '../../protocol/views.ts'

/** What keeps the node from earning, in a sentence without its full stop. */
export function troubleWords(trouble: NodeTrouble): string {
  switch (trouble.code) {
    case 'loading':
      return t('shell:trouble.loading', { model: trouble.model })
    case 'suspended':
    case 'fallback':
      return t(`shell:trouble.${trouble.code}`, {
        why: trouble.causes.length === 0 ? trouble.why : trouble.causes.map(deviceCause).join('; '),
      })
    case 'bootstrap_only':
    case 'no_model':
      return t(`shell:trouble.${trouble.code}`)
  }
}
