import { ActionIcon, Button, Progress, Tooltip } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay, IconRefresh, IconX, type TablerIcon } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { isDriadErrorCode } from '../../../../protocol/errors.ts'
import type { PullView } from '../../../../protocol/pull-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { useNavigate } from '../../../app/use-route.ts'
import { useNow } from '../../../components/Now.tsx'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { plural } from '../../../format/numbers.ts'
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
          {pull.files.length > 1 && ` · ${plural(pull.files.length, 'file')}`}
        </span>
        <div className={classes.actions}>
          {isRunning(pull) && (
            <Act icon={IconPlayerPause} label={`Pause ${name}`} onClick={() => change.pause.mutate({ id })} />
          )}
          {state === 'paused' && (
            <Act
              icon={IconPlayerPlay}
              label={`Go on with ${name}`}
              onClick={() => change.resume.mutate({ id })}
            />
          )}
          {state === 'queued' && pull.nextTryAtMs !== undefined && (
            <Act icon={IconRefresh} label={`Try ${name} now`} onClick={() => change.retry.mutate({ id })} />
          )}
          {state === 'completed' && pull.load && <ShowServed />}
          <Act
            icon={IconX}
            label={isFinished(pull) ? `Take ${name} off the list` : `Cancel ${name}`}
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
          aria-label={`${name}: ${label}`}
        />
      )}
      <div className={classes.line}>
        {state !== 'cancelled' && <span data-figures>{pullProgressWords(pull)}</span>}
        <span className={classes.notice} role="status">
          {isRunning(pull) && pull.notice}
          {state === 'queued' && pull.nextTryAtMs !== undefined && (
            <NextTry pull={pull} atMs={pull.nextTryAtMs} />
          )}
        </span>
      </div>
      {failure !== undefined && (
        <PullFailure
          title={`${name} could not be downloaded`}
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
  const again = leftMs === 0 ? 'Trying again now' : `Trying again in ${duration(leftMs)}`
  return pull.error === undefined ? again : `${again}: ${pull.error.message}`
}

function ShowServed() {
  const navigate = useNavigate()
  return (
    <Button size="compact-xs" variant="subtle" onClick={() => navigate({ view: 'models' })}>
      Show in Served
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
  const failed = (what: string) => ({
    onError: (error: unknown) => notifyFailure(error, `${name} could not be ${what}`),
  })
  return {
    pause: useMutation(pulls.pause.mutationOptions(failed('paused'))),
    resume: useMutation(pulls.resume.mutationOptions(failed('taken up'))),
    retry: useMutation(pulls.retry.mutationOptions(failed('tried again'))),
    cancel: useMutation(pulls.cancel.mutationOptions(failed('cancelled'))),
  }
}
