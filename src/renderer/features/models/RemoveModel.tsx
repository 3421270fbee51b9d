import { Button, Checkbox, Group, Modal } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { whyFileStays } from '../../../locales/words/removal-words.ts'
import type { RemovalView } from '../../../protocol/local-model-views.ts'
import type { ModelView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { readFailure } from '../../api/failure.ts'
import { notifyDone } from '../../app/notify.tsx'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../components/ErrorState.tsx'
import { fileName } from '../../format/identifiers.ts'
import { bytes } from '../../format/numbers.ts'
import classes from './RemoveModel.module.css'

export interface RemoveModelProps {
  /** Nothing is asked while it is undefined. */
  readonly model: ModelView | undefined
  readonly onClose: () => void
}

/** Asks whether a model goes, and its file with it, after saying what that would delete and free. */
export function RemoveModel({ model, onClose }: RemoveModelProps) {
  return (
    <Modal
      opened={model !== undefined}
      onClose={onClose}
      title={model === undefined ? undefined : t('models:removal.title', { name: model.name })}
      size={480}
    >
      {model !== undefined && <RemovalForm model={model} onClose={onClose} />}
    </Modal>
  )
}

function RemovalForm({ model, onClose }: { readonly model: ModelView; readonly onClose: () => void }) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const { name } = model
  const { data, error, refetch } = useQuery(
    trpc.localModels.planRemoval.queryOptions({ name }, { refetchOnMount: 'always', gcTime: 0 }),
  )
  const [wantsFile, setWantsFile] = useState(true)
  const remove = useMutation(
    trpc.localModels.remove.mutationOptions({
      onSuccess: (removed) => {
        notifyDone(t('models:removal.removed', { name }), freed(removed))
        void cache.invalidateQueries(trpc.localModels.diskUse.queryFilter())
        onClose()
      },
    }),
  )
  const plan: RemovalView | undefined = data
  if (plan === undefined) {
    return error === null ? (
      <LoadingRows rows={3} />
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    )
  }
  const deletes = wantsFile && plan.deletes.length > 0
  return (
    <div className={classes.form}>
      <p>
        {model.running > 0
          ? t('models:removal.tasksStop', { running: model.running })
          : t('models:removal.tasksGo')}
      </p>
      {plan.deletes.length === 0 ? (
        <p className={classes.plan}>{t('models:sentence', { text: whyFileStays(plan) })}</p>
      ) : (
        <div className={classes.plan}>
          <Checkbox
            label={t('models:removal.deleteFile', { size: bytes(plan.freesBytes) })}
            checked={wantsFile}
            onChange={(event) => setWantsFile(event.currentTarget.checked)}
          />
          <ul aria-label={t('models:removal.files')}>
            {plan.deletes.map((path) => (
              <li key={path} data-kept={!wantsFile || undefined}>
                <code title={path}>{fileName(path)}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {remove.error !== null && (
        <FailureNote failure={readFailure(remove.error)} title={t('models:removal.failed', { name })} />
      )}
      <Group justify="flex-end" gap="xs">
        <Button onClick={onClose} data-autofocus>
          {t('models:removal.keep')}
        </Button>
        <Button
          variant="filled"
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate({ name, deleteFile: deletes })}
        >
          {deletes
            ? t('models:removal.removeAndFree', { size: bytes(plan.freesBytes) })
            : t('models:removal.remove')}
        </Button>
      </Group>
    </div>
  )
}

function freed({ deletes, freesBytes }: RemovalView): string {
  return deletes.length === 0
    ? t('models:removal.fileStays')
    : t('models:removal.freed', { size: bytes(freesBytes) })
}
