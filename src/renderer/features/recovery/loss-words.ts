import { spokenLanguage, t } from '../../../locales/translate.ts'
import type { RecoveryLoss } from '../../../protocol/recovery-views.ts'

type RowLoss = Extract<RecoveryLoss, { what: 'rows' }>

/** More settings than that are counted. */
const NAMED_SETTINGS = 4

/** The date and the time of day, as the language writes them. */
export function whenWords(atMs: number): string {
  return new Intl.DateTimeFormat(spokenLanguage(), { dateStyle: 'medium', timeStyle: 'short' }).format(atMs)
}

/** What is lost, a sentence for each kind; empty where nothing is. */
export function lossWords(losses: readonly RecoveryLoss[]): string[] {
  const rows = losses.filter((loss) => loss.what === 'rows')
  return [
    ...losses.flatMap(entryWords),
    ...tableWords(
      rows.find(({ table }) => table === 'node_tasks'),
      'executed',
    ),
    ...tableWords(
      rows.find(({ table }) => table === 'requests'),
      'asked',
    ),
    ...olderWords(rows),
    ...(rows.some(({ table, lost }) => !mainTables.has(table) && lost !== 0)
      ? [t('recovery:loss.others')]
      : []),
    ...settingWords(losses.filter((loss) => loss.what === 'setting')),
  ]
}

const mainTables: ReadonlySet<string> = new Set(['node_tasks', 'requests'])

function entryWords(loss: RecoveryLoss): string[] {
  if (loss.what === 'commits') return [t('recovery:loss.commits')]
  if (loss.what === 'proofs') return [t('recovery:loss.proofs', { count: loss.count })]
  if (loss.what !== 'entries') return []
  const { from, to } = loss
  return [from === to ? t('recovery:loss.entry', { from }) : t('recovery:loss.entries', { from, to })]
}

function tableWords(loss: RowLoss | undefined, kind: 'executed' | 'asked'): string[] {
  if (loss === undefined || loss.lost === 0) return []
  if (loss.lost === null)
    return [kind === 'executed' ? t('recovery:loss.executedUnknown') : t('recovery:loss.askedUnknown')]
  return [
    kind === 'executed'
      ? t('recovery:loss.executed', { count: loss.lost })
      : t('recovery:loss.asked', { count: loss.lost }),
  ]
}

function olderWords(rows: readonly RowLoss[]): string[] {
  const count = rows.reduce((sum, { fromCopy }) => sum + fromCopy, 0)
  return count === 0 ? [] : [t('recovery:loss.older', { count })]
}

function settingWords(losses: readonly Extract<RecoveryLoss, { what: 'setting' }>[]): string[] {
  const named = losses
    .slice(0, NAMED_SETTINGS)
    .map(({ key, from }) =>
      from === 'copy' ? t('recovery:loss.settingCopy', { key }) : t('recovery:loss.settingDefault', { key }),
    )
  const more = losses.length - named.length
  return more === 0 ? named : [...named, t('recovery:loss.settings', { count: more })]
}
