import { Button, Progress, VisuallyHidden } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import { downloadNotice } from '../../../locales/words/download-words.ts'
import type { ChosenModelView } from '../../../protocol/first-run-views.ts'
import type { PullView } from '../../../protocol/pull-views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { useNavigate } from '../../app/use-route.ts'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { bytes } from '../../format/numbers.ts'
import type { Tone } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import classes from './ModelProgress.module.css'
import { useChosenPull } from './use-chosen-pull.ts'

/** Ears are told of every tenth, not of every byte. */
const ANNOUNCED_SHARES = 10

/** How the chosen model gets here: what is being done, how far it is, how long it takes, and what keeps it. */
export function ModelProgress({ model }: { readonly model: ChosenModelView }) {
  const { pull, share } = useChosenPull(model)
  const { tone, title, meaning } = stateWords(model, pull)
  const tenths = share === undefined ? undefined : Math.floor(share * ANNOUNCED_SHARES) * ANNOUNCED_SHARES
  return (
    <section className={classes.card} aria-label={model.name ?? title}>
      <div className={classes.head}>
        <ToneIcon tone={tone} size={19} />
        <div className={classes.words}>
          {model.name !== undefined && <p className={classes.name}>{model.name}</p>}
          <p role="status" className={classes.state}>
            {title}
          </p>
        </div>
        {pull !== undefined && <Act pull={pull} />}
      </div>
      {model.state === 'coming' && (
        <>
          <Progress
            value={(share ?? 0) * 100}
            size={8}
            radius="xl"
            color={`var(--driad-${tone})`}
            aria-label={`${model.name ?? ''}: ${title}`}
          />
          <p className={classes.figures} data-figures>
            {figures(pull).map((figure) => (
              <span key={figure}>{figure}</span>
            ))}
          </p>
          <VisuallyHidden role="status">
            {tenths === undefined || tenths === 0
              ? ''
              : t('setup:model.announced', { name: model.name, percent: tenths })}
          </VisuallyHidden>
        </>
      )}
      {meaning !== '' && <p className={classes.meaning}>{meaning}</p>}
    </section>
  )
}

interface StateWords {
  readonly tone: Tone
  readonly title: string
  readonly meaning: string
}

function stateWords({ state, problem }: ChosenModelView, pull: PullView | undefined): StateWords {
  const meanwhile = t('setup:model.meanwhile')
  switch (state) {
    case 'here':
      return { tone: 'earned', title: t('setup:model.here'), meaning: '' }
    case 'choosing':
      return { tone: 'running', title: t('setup:model.choosing'), meaning: meanwhile }
    case 'waiting':
      return {
        tone: 'waiting',
        title: t('setup:model.waiting'),
        meaning: [problem?.message, t('setup:model.waitingMeans')].filter(Boolean).join(' '),
      }
    case 'coming':
      return { meaning: meanwhile, ...pullState(pull) }
    default:
      return { tone: 'neutral', title: t('setup:model.none'), meaning: t('setup:model.noneMeans') }
  }
}

function pullState(pull: PullView | undefined): Pick<StateWords, 'tone' | 'title'> & { meaning?: string } {
  switch (pull?.state) {
    case 'downloading':
      return pull.notice === undefined
        ? { tone: 'running', title: t('setup:model.coming') }
        : { tone: 'waiting', title: t('setup:model.retrying'), meaning: downloadNotice(pull.notice) }
    case 'verifying':
    case 'completed':
      return { tone: 'running', title: t('setup:model.verifying') }
    case 'paused':
      return { tone: 'waiting', title: t('setup:model.paused') }
    case 'failed':
      return { tone: 'attention', title: t('setup:model.failed'), meaning: pull.error?.message ?? '' }
    default:
      return pull?.error === undefined
        ? { tone: 'waiting', title: t('setup:model.queued') }
        : {
            tone: 'waiting',
            title: t('setup:model.waiting'),
            meaning: `${pull.error.message}. ${t('setup:model.waitingMeans')}`,
          }
  }
}

function figures(pull: PullView | undefined): string[] {
  if (pull === undefined) return []
  const { receivedBytes, totalBytes, bytesPerSecond, etaMs, state } = pull
  if (state !== 'downloading') return totalBytes === undefined ? [] : [bytes(totalBytes)]
  return [
    totalBytes === undefined
      ? bytes(receivedBytes)
      : t('setup:model.received', { received: bytes(receivedBytes), total: bytes(totalBytes) }),
    ...(bytesPerSecond > 0 ? [t('setup:model.perSecond', { size: bytes(bytesPerSecond) })] : []),
    ...(etaMs === undefined ? [] : [t('setup:model.left', { time: duration(etaMs) })]),
  ]
}

function Act({ pull: { id, state } }: { readonly pull: PullView }) {
  const navigate = useNavigate()
  const resume = useMutation(
    useTRPC().pulls.resume.mutationOptions({
      onError: (error) => notifyFailure(error, t('setup:failed')),
    }),
  )
  if (state === 'paused' || state === 'failed')
    return (
      <Button loading={resume.isPending} onClick={() => resume.mutate({ id })}>
        {t('setup:model.resume')}
      </Button>
    )
  return (
    <Button variant="subtle" color="gray" onClick={() => navigate({ view: 'models', tab: 'get' })}>
      {t('setup:model.showDownloads')}
    </Button>
  )
}
