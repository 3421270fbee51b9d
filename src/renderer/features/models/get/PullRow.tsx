import { ActionIcon, Button, Progress, Tooltip } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX, type TablerIcon } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
import { downloadNotice } from '../../../../locales/words/download-words.ts'
import { isDriadErrorCode } from '../../../../protocol/errors.ts'
import type { PullView } from '../../../../protocol/pull-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { useNavigate } from '../../../app/use-route.ts'
import { useNow } from '../../../components/Now.tsx'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { duration } from '../../../format/time.ts'
import classes from './Downloads.module.css'
import { PullFailure } from './PullFailure.tsx'
import { isFinished, isRunning, pullProgressWords, pullShare, pullWords } from './pull-words.ts'

/** One download: how far it is, what it is at, and what can be done about it. */
export function PullRow({ pull }: { readonly pull: PullView }) {
  const { label, tone } = pullWords(pull)
  const share = pullShare(pull)
  const change = useChangePull(pull)
  const { id, name, state, error } = pull
  const failure =
    error === undefined || state !== 'failed'
      ? undefined
      : { message: error.message, ...(isDriadErrorCode(error.code) && { code: error.code }) }
  return (
    <li className={classes.row}>
      <div className={classes.head}>
        <span className={classes.name} title={name}>
          {name}
        </span>
        <ToneBadge tone={tone}>{label}</ToneBadge>
        <span className={classes.source}>
          {pull.source}
          {pull.files.length > 1 && ` · ${t('models:files', { count: pull.files.length })}`}
        </span>
        <div className={classes.actions}>
          {isRunning(pull) && (
            <Act
              icon={IconPlayerPause}
              label={t('models-get:row.pause', { name })}
              onClick={() => change.pause.mutate({ id })}
            />
          )}
          {state === 'paused' && (
            <Act
              icon={IconPlayerPlay}
              label={t('models-get:row.resume', { name })}
              onClick={() => change.resume.mutate({ id })}
            />
          )}
          {state === 'queued' && pull.nextTryAtMs !== undefined && (
            <Act
              icon={IconRefresh}
              label={t('models-get:row.retry', { name })}
              onClick={() => change.retry.mutate({ id })}
            />
          )}
          {state === 'completed' && pull.load && <ShowServed />}
          <Act
            icon={IconX}
            label={
              isFinished(pull) ? t('models-get:row.takeOff', { name }) : t('models-get:row.cancel', { name })
            }
            onClick={() => change.cancel.mutate({ id })}
          />
        </div>
      </div>
      {!isFinished(pull) && (
        <Progress
          value={(share ?? 0) * 100}
          size={6}
          radius="xl"
          color={`var(--driad-${tone})`}
          aria-label={t('models-get:row.progress', { name, state: label })}
        />
      )}
      <div className={classes.line}>
        {state !== 'cancelled' && <span data-figures>{pullProgressWords(pull)}</span>}
        <span className={classes.notice} role="status">
          {isRunning(pull) && pull.notice !== undefined && downloadNotice(pull.notice)}
          {state === 'queued' && pull.nextTryAtMs !== undefined && (
            <NextTry pull={pull} atMs={pull.nextTryAtMs} />
          )}
        </span>
      </div>
      {failure !== undefined && (
        <PullFailure
          title={t('models:downloadFailed', { name })}
          failure={failure}
          page={pull.page}
          onRetry={() => change.retry.mutate({ id })}
        />
      )}
    </li>
  )
}

function NextTry({ pull, atMs }: { readonly pull: PullView; readonly atMs: number }) {
  const leftMs = Math.max(0, atMs - useNow())
  const again =
    leftMs === 0 ? t('models-get:row.tryingNow') : t('models-get:row.tryingIn', { time: duration(leftMs) })
  return pull.error === undefined ? again : t('common:because', { what: again, why: pull.error.message })
}

function ShowServed() {
  const navigate = useNavigate()
  return (
    <Button size="compact-xs" variant="subtle" onClick={() => navigate({ view: 'models' })}>
      {t('models-get:row.showServed')}
    </Button>
  )
}

interface ActProps {
  readonly icon: TablerIcon
  readonly label: string
  readonly onClick: () => void
}

function Act({ icon: Icon, label, onClick }: ActProps) {
  return (
    <Tooltip label={label}>
      <ActionIcon aria-label={label} onClick={onClick}>
        <Icon aria-hidden size={16} stroke={1.8} />
      </ActionIcon>
    </Tooltip>
  )
}

function useChangePull({ name }: PullView) {
  const { pulls } = useTRPC()
  const failed = (key: 'notPaused' | 'notResumed' | 'notRetried' | 'notCancelled') => ({
    onError: (error: unknown) => notifyFailure(error, t(`models-get:row.${key}`, { name })),
  })
  return {
    pause: useMutation(pulls.pause.mutationOptions(failed('notPaused'))),
    resume: useMutation(pulls.resume.mutationOptions(failed('notResumed'))),
    retry: useMutation(pulls.retry.mutationOptions(failed('notRetried'))),
    cancel: useMutation(pulls.cancel.mutationOptions(failed('notCancelled'))),
  }
}
