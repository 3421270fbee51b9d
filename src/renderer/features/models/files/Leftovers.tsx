import { Button, Checkbox, Group, Modal } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { LeftoverView } from '../../../../protocol/local-model-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { readFailure } from '../../../api/failure.ts'
import { notifyDone } from '../../../app/notify.tsx'
import { EmptyState, LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../../components/ErrorState.tsx'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { fileName } from '../../../format/identifiers.ts'
import { bytes } from '../../../format/numbers.ts'
import classes from './Leftovers.module.css'

/** The files that no model needs, and which of them go. */
export function Leftovers({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title={t('models-files:leftovers.title')} size={560}>
      {opened && <LeftoverList onClose={onClose} />}
    </Modal>
  )
}

function LeftoverList({ onClose }: { readonly onClose: () => void }) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const { data, error, refetch } = useQuery(
    trpc.localModels.leftovers.queryOptions(undefined, { refetchOnMount: 'always' }),
  )
  const [kept, setKept] = useState<readonly string[]>([])
  const clean = useMutation(
    trpc.localModels.cleanLeftovers.mutationOptions({
      onSuccess: (cleaned) => {
        notifyDone(
          t('models-files:leftovers.done'),
          t('models-files:leftovers.freed', { size: bytes(sizeOf(cleaned)) }),
        )
        void cache.invalidateQueries(trpc.localModels.diskUse.queryFilter())
        onClose()
      },
      onSettled: () => void cache.invalidateQueries(trpc.localModels.leftovers.queryFilter()),
    }),
  )
  const leftovers: readonly LeftoverView[] | undefined = data
  if (leftovers === undefined) {
    return error === null ? (
      <LoadingRows rows={3} />
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    )
  }
  const chosen = leftovers.filter(({ path }) => !kept.includes(path))
  return (
    <>
      {leftovers.length === 0 ? (
        <EmptyState icon={IconCheck} title={t('models-files:leftovers.none')}>
          {t('models-files:leftovers.noneHint')}
        </EmptyState>
      ) : (
        <ul className={classes.list} aria-label={t('models-files:leftovers.list')}>
          {leftovers.map(({ path, kind, sizeBytes, modifiedAtMs }) => (
            <li key={path}>
              <Checkbox
                label={
                  <>
                    {fileName(path)}
                    <span className={classes.about}>
                      {t(`models-files:leftovers.${kind}`)} · <RelativeTime atMs={modifiedAtMs} />
                    </span>
                  </>
                }
                checked={!kept.includes(path)}
                onChange={(event) =>
                  setKept(
                    event.currentTarget.checked ? kept.filter((other) => other !== path) : [...kept, path],
                  )
                }
                className={classes.file}
              />
              <span data-figures>{bytes(sizeBytes)}</span>
            </li>
          ))}
        </ul>
      )}
      {clean.error !== null && (
        <FailureNote failure={readFailure(clean.error)} title={t('models-files:leftovers.failed')} />
      )}
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button onClick={onClose} data-autofocus>
          {t('common:close')}
        </Button>
        {leftovers.length > 0 && (
          <Button
            variant="filled"
            color="red"
            disabled={chosen.length === 0}
            loading={clean.isPending}
            onClick={() => clean.mutate({ paths: chosen.map(({ path }) => path) })}
          >
            {t('models-files:leftovers.delete', { count: chosen.length, size: bytes(sizeOf(chosen)) })}
          </Button>
        )}
      </Group>
    </>
  )
}

function sizeOf(leftovers: readonly LeftoverView[]): number {
  return leftovers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
