import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import classes from './Downloads.module.css'
import { PullFailure } from './PullFailure.tsx'
import { PullRow } from './PullRow.tsx'
import { arrangePulls, isFinished } from './pull-words.ts'
import { useGetModels } from './use-getting.ts'
import { usePulls } from './use-pulls.ts'

/** Of those that are over, the newest; the queue itself forgets older ones. */
const FINISHED_SHOWN = 8

/** The queue of downloads. Nothing at all while there is none. */
export function Downloads() {
  const { data, error, refetch } = usePulls()
  const { failed, get, dismiss } = useGetModels()
  if (data === undefined) {
    return error === null ? null : (
      <Panel title={t('models-get:downloads.title')}>
        <ErrorState error={error} onRetry={refetch} />
      </Panel>
    )
  }
  const pulls = arrangePulls(data)
  const finished = pulls.filter(isFinished)
  const shown = [...pulls.filter((pull) => !isFinished(pull)), ...finished.slice(0, FINISHED_SHOWN)]
  if (shown.length === 0 && failed.length === 0) return null
  return (
    <Panel
      title={t('models-get:downloads.title')}
      aside={finished.length > 0 && <ClearFinished ids={finished.map(({ id }) => id)} />}
    >
      {failed.map(({ model, name, failure }) => (
        <div key={model} className={classes.row}>
          <div className={classes.head}>
            <span className={classes.name} title={model}>
              {model}
            </span>
            <ToneBadge tone="attention">{t('models-get:downloads.notBegun')}</ToneBadge>
          </div>
          <PullFailure
            title={t('models-get:downloads.failed')}
            failure={failure}
            onRetry={() => void get(model, name === undefined ? {} : { name })}
            onDismiss={() => dismiss(model)}
          />
        </div>
      ))}
      {shown.length > 0 && (
        <ul className={classes.list} aria-label={t('models-get:downloads.title')}>
          {shown.map((pull) => (
            <PullRow key={pull.id} pull={pull} />
          ))}
        </ul>
      )}
    </Panel>
  )
}

function ClearFinished({ ids }: { readonly ids: readonly string[] }) {
  const cancel = useMutation(
    useTRPC().pulls.cancel.mutationOptions({
      onError: (error) => notifyFailure(error, t('models-get:downloads.notCleared')),
    }),
  )
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      color="gray"
      onClick={() => {
        for (const id of ids) cancel.mutate({ id })
      }}
    >
      {t('models-get:downloads.clear')}
    </Button>
  )
}
