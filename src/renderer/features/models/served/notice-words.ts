import { spokenLanguage, t } from '../../../../locales/translate.ts'
import type { LessCause, LoadedLess } from '../../../../protocol/load-views.ts'
import { bytes } from '../../../format/numbers.ts'

/** With what less a model is loaded, and why, in a sentence. */
export function noticeWords(notice: LoadedLess): string {
  const less = new Intl.ListFormat(spokenLanguage(), { type: 'conjunction' }).format(differences(notice))
  return t('models-served:notice.loadedWith', { less, reason: lessCause(notice.because) })
}

function differences({ used, wanted }: LoadedLess): string[] {
  const found: string[] = []
  if (used.contextSize !== wanted.contextSize)
    found.push(t('models-served:less.context', { used: used.contextSize, wanted: wanted.contextSize }))
  if (used.kvType !== wanted.kvType) found.push(t('models-served:less.cache', { type: used.kvType }))
  if (used.slots !== wanted.slots)
    found.push(t('models-served:less.slots', { used: used.slots, wanted: wanted.slots }))
  if (used.gpuLayers !== wanted.gpuLayers)
    found.push(
      used.gpuLayers === undefined
        ? t('models-served:less.allLayers')
        : t('models-served:less.layers', { layers: used.gpuLayers }),
    )
  if (used.draftPath !== wanted.draftPath) found.push(t('models-served:less.draft'))
  return found
}

function lessCause(cause: LessCause): string {
  switch (cause.code) {
    case 'room':
      return t('models-served:why.room', {
        needed: bytes(cause.neededBytes),
        room: bytes(cause.roomBytes),
      })
    case 'draft':
      return t('models-served:why.draft', { reason: cause.reason })
    default:
      return t(`models-served:why.${cause.code}`)
  }
}
