import type { DownloadNotice } from '../../protocol/pull-views.ts'
import { t } from '../translate.ts'

/** What a download tries again, or who else is at it, in a sentence without its full stop. */
export function downloadNotice(notice: DownloadNotice): string {
  switch (notice.code) {
    case 'onePiece':
    case 'anew':
      return t(`download:${notice.code}`, { reason: notice.reason })
    case 'retry':
      return t('download:retry', { seconds: Math.ceil(notice.waitMs / 1000), reason: notice.reason })
    case 'elsewhere':
      return t('download:elsewhere', { processId: notice.processId })
    default:
      return t(`download:${notice.code}`)
  }
}
