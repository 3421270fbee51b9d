import type { RecoveryLoss, RecoveryNoteView } from '../../protocol/recovery-views.ts'
import { rangeText } from '../ledger/gaps.ts'

/** What is lost, in a sentence or several, for logs and terminals. */
export function lossText(note: Pick<RecoveryNoteView, 'lost' | 'copyAtMs'>): string {
  if (note.lost.length === 0) return 'Nothing was lost'
  return note.lost.map((loss) => sentence(loss, note.copyAtMs)).join('. ')
}

function sentence(loss: RecoveryLoss, copyAtMs: number | undefined): string {
  switch (loss.what) {
    case 'entries':
      return `Lost of the ledger: ${rangeText(loss)}`
    case 'commits':
      return loss.count === null
        ? 'What was written last, in the seconds before the end, may be lost'
        : `The last ${loss.count} commits may be lost`
    case 'proofs':
      return `Of ${loss.count} entries of the ledger, what was asked for and delivered is lost; the receipts are there`
    case 'setting':
      return loss.from === 'copy'
        ? `The setting ${loss.key} is as it was in the copy`
        : `The setting ${loss.key} has its default`
    case 'rows': {
      const parts = [
        ...(loss.lost === null ? ['an unknown number of rows is lost'] : []),
        ...((loss.lost ?? 0) > 0 ? [`${loss.lost} rows are lost`] : []),
        ...(loss.fromCopy > 0 ? [`${loss.fromCopy} rows are as they were ${timeText(copyAtMs)}`] : []),
      ]
      return `Of ${loss.table}, ${parts.join(', and ')}`
    }
  }
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? 'in a copy' : `at ${new Date(ms).toISOString()}`
}
