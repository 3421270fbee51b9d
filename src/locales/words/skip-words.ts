import type { SkippedView } from '../../protocol/local-model-views.ts'
import { t } from '../translate.ts'

/** Why a scan did not look at something, in a sentence without its subject and its full stop. */
export function skipWords({ code, facts }: Pick<SkippedView, 'code' | 'facts'>): string {
  return t(`models-files:skip.${code}`, { ...facts, count: Number(facts['count'] ?? 0) })
}
