import { Button } from '@mantine/core'
import { IconFolderSearch, IconKey, IconSettings } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { Failure } from '../../../api/failure.ts'
import { useNavigate } from '../../../app/use-route.ts'
import { FailureNote } from '../../../components/ErrorState.tsx'
import { ExternalLink } from '../../../components/ExternalLink.tsx'
import { TokenDialog } from './TokenDialog.tsx'

export interface PullFailureProps {
  readonly title: string
  readonly failure: Pick<Failure, 'code' | 'message'>
  /** Where the model's licence is accepted. */
  readonly page?: string | undefined
  readonly onRetry: () => void
  readonly onDismiss?: () => void
}

/** Why a download did not work, with what mends it. */
export function PullFailure({ title, failure, page, onRetry, onDismiss }: PullFailureProps) {
  return (
    <FailureNote
      title={title}
      failure={failure}
      onRetry={onRetry}
      action={
        <>
          <Mend code={failure.code} page={page} onRetry={onRetry} />
          {onDismiss !== undefined && (
            <Button variant="subtle" color="gray" onClick={onDismiss}>
              {t('models-get:mend.dismiss')}
            </Button>
          )}
        </>
      }
    />
  )
}

interface MendProps {
  readonly code: Failure['code']
  readonly page: string | undefined
  readonly onRetry: () => void
}

function Mend({ code, page, onRetry }: MendProps): ReactNode {
  const navigate = useNavigate()
  const [asking, setAsking] = useState(false)
  switch (code) {
    case 'download_refused':
      return (
        <>
          <Button leftSection={<IconKey aria-hidden size={14} />} onClick={() => setAsking(true)}>
            {t('models-get:mend.token')}
          </Button>
          {page !== undefined && <ExternalLink url={page}>{t('models-get:mend.licence')}</ExternalLink>}
          <TokenDialog opened={asking} page={page} onClose={() => setAsking(false)} onStored={onRetry} />
        </>
      )
    case 'disk_full':
      return (
        <Button
          leftSection={<IconFolderSearch aria-hidden size={14} />}
          onClick={() => navigate({ view: 'models', tab: 'files' })}
        >
          {t('models-get:mend.room')}
        </Button>
      )
    case 'download_failed':
      return (
        <Button
          leftSection={<IconSettings aria-hidden size={14} />}
          onClick={() => navigate({ view: 'settings' })}
        >
          {t('models-get:mend.proxy')}
        </Button>
      )
    default:
      return null
  }
}
