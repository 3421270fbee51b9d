import { Button } from '@mantine/core'
import { IconAlertTriangle, IconRefresh } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../../locales/translate.ts'
import type { InputIssue } from '../../protocol/errors.ts'
import { type Failure, readFailure } from '../api/failure.ts'
import { useNavigate, useRoute } from '../app/use-route.ts'
import { errorWords } from '../format/error-words.ts'
import { Banner, BannerNote } from './Banner.tsx'
import classes from './states.module.css'

export interface FailureNoteProps {
  readonly failure: Pick<Failure, 'code' | 'message'> & { readonly issues?: readonly InputIssue[] }
  readonly title?: string
  /** Tries again what failed. */
  readonly onRetry?: () => void
  readonly retryLabel?: string
  readonly action?: ReactNode
}

/** What happened, what it means for earning, and the button that mends it. */
export function FailureNote({
  failure,
  title,
  onRetry,
  retryLabel = t('components:failure.tryAgain'),
  action,
}: FailureNoteProps) {
  const navigate = useNavigate()
  const words = errorWords(failure.code, title)
  // A button that leads to where one is already mends nothing.
  const here = useRoute().view
  const mend = words.mend?.view === here ? undefined : words.mend
  return (
    <Banner
      tone="attention"
      role="alert"
      icon={IconAlertTriangle}
      title={words.title}
      actions={
        <>
          {onRetry !== undefined && (
            <Button leftSection={<IconRefresh aria-hidden size={14} />} onClick={onRetry}>
              {retryLabel}
            </Button>
          )}
          {mend !== undefined && <Button onClick={() => navigate({ view: mend.view })}>{mend.label}</Button>}
          {action}
        </>
      }
    >
      <p>{failure.message}</p>
      {words.meaning !== '' && <BannerNote>{words.meaning}</BannerNote>}
      <Issues issues={failure.issues ?? []} />
    </Banner>
  )
}

/** A view or a part of it that could not be read. */
export function ErrorState({ error, onRetry }: { readonly error: unknown; readonly onRetry: () => void }) {
  return (
    <FailureNote failure={readFailure(error)} title={t('components:failure.notRead')} onRetry={onRetry} />
  )
}

function Issues({ issues }: { readonly issues: readonly InputIssue[] }) {
  if (issues.length === 0) return null
  return (
    <ul className={classes.issues}>
      {issues.map((issue) => (
        <li key={`${issue.path} ${issue.expected}`}>
          {issue.path !== '' && <code>{issue.path}</code>}
          <span>
            {issue.found === undefined
              ? t('components:failure.expected', { expected: issue.expected })
              : t('components:failure.expectedAndFound', { expected: issue.expected, found: issue.found })}
          </span>
        </li>
      ))}
    </ul>
  )
}
