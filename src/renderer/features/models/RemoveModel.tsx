import { Button, Checkbox, Group, Modal } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
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
      title={model === undefined ? undefined : `Remove ${model.name}?`}
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
        notifyDone(`${name} is removed`, freed(removed))
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
        Tasks for it go to other nodes from now on.
        {model.running > 0 && ` What it works on now (${model.running}) is stopped and not paid.`}
      </p>
      {plan.deletes.length === 0 ? (
        <p className={classes.plan}>{plan.message}.</p>
      ) : (
        <div className={classes.plan}>
          <Checkbox
            label={`Delete the file too: ${bytes(plan.freesBytes)} are free again`}
            checked={wantsFile}
            onChange={(event) => setWantsFile(event.currentTarget.checked)}
          />
          <ul aria-label="Files that are deleted">
            {plan.deletes.map((path) => (
              <li key={path} data-kept={!wantsFile || undefined}>
                <code title={path}>{fileName(path)}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
      {remove.error !== null && (
        <FailureNote failure={readFailure(remove.error)} title={`${name} could not be removed`} />
      )}
      <Group justify="flex-end" gap="xs">
        <Button onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button
          variant="filled"
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate({ name, deleteFile: deletes })}
        >
          {deletes ? `Remove and free ${bytes(plan.freesBytes)}` : 'Remove'}
        </Button>
      </Group>
    </div>
  )
}

function freed({ deletes, freesBytes }: RemovalView): string {
  return deletes.length === 0 ? 'Its file stays where it is.' : `${bytes(freesBytes)} are free again.`
}
