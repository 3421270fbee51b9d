import type { RemovalView } from '../../protocol/local-model-views.ts'
import { t } from '../translate.ts'

/** Why a removed model's file stays, in a sentence without its full stop; undefined where it is deleted. */
export function whyFileStays({ keeps, path, sharedWith = [] }: RemovalView): string | undefined {
  return keeps && t(`removal:${keeps}`, { path, names: sharedWith.join(', ') })
}
