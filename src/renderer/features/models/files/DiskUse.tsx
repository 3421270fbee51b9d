import { Button } from '@mantine/core'
import { IconFolderOpen, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../../locales/translate.ts'
import type { DiskUseView } from '../../../../protocol/local-model-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { LoadingRows } from '../../../components/EmptyState.tsx'
import { ErrorState } from '../../../components/ErrorState.tsx'
import { FilePath } from '../../../components/FilePath.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { bytes } from '../../../format/numbers.ts'
import classes from './DiskUse.module.css'
import { Leftovers } from './Leftovers.tsx'

/** What models take of the disk, and what of it nobody needs. */
export function DiskUse() {
  const trpc = useTRPC()
  const { data, error, refetch } = useQuery(
    trpc.localModels.diskUse.queryOptions(undefined, { refetchOnMount: 'always' }),
  )
  const [cleaning, setCleaning] = useState(false)
  const open = useMutation(
    trpc.localModels.openFolder.mutationOptions({
      onError: (failure) => notifyFailure(failure, t('models-files:disk.notOpened')),
    }),
  )
  const use: DiskUseView | undefined = data
  return (
    <Panel
      title={t('models-files:disk.title')}
      aside={
        <Button leftSection={<IconFolderOpen aria-hidden size={15} />} onClick={() => open.mutate()}>
          {t('models-files:disk.open')}
        </Button>
      }
    >
      {use === undefined ? (
        error === null ? (
          <LoadingRows rows={2} />
        ) : (
          <ErrorState error={error} onRetry={() => void refetch()} />
        )
      ) : (
        <>
          <Bar use={use} />
          {use.leftoverBytes > 0 && (
            <div className={classes.leftovers}>
              <span>{t('models-files:disk.leftover', { size: bytes(use.leftoverBytes) })}</span>
              <Button leftSection={<IconTrash aria-hidden size={14} />} onClick={() => setCleaning(true)}>
                {t('models-files:disk.cleanUp')}
              </Button>
            </div>
          )}
          <Leftovers opened={cleaning} onClose={() => setCleaning(false)} />
        </>
      )}
    </Panel>
  )
}

function Bar({ use }: { readonly use: DiskUseView }) {
  const { ownBytes, ownFiles, referencedBytes, referencedFiles, freeBytes, totalBytes } = use
  // What is referenced may be on other disks: the bar is of the disk of the models folder where that is known.
  const total = totalBytes ?? Math.max(1, ownBytes + referencedBytes)
  const others = totalBytes === undefined || freeBytes === undefined ? 0 : totalBytes - freeBytes - ownBytes
  const elsewhere = Math.min(
    referencedBytes,
    totalBytes === undefined ? referencedBytes : Math.max(0, others),
  )
  const rest = Math.max(0, others - elsewhere)
  const share = (size: number) => `${Math.min(100, (size / total) * 100)}%`
  const taken = { own: bytes(ownBytes), elsewhere: bytes(referencedBytes) }
  const words =
    freeBytes === undefined
      ? t('models-files:disk.summary', taken)
      : t('models-files:disk.summaryFree', { ...taken, free: bytes(freeBytes) })
  return (
    <div>
      <div className={classes.bar} role="img" aria-label={words}>
        <i data-part="own" style={{ width: share(ownBytes) }} />
        <i data-part="elsewhere" style={{ width: share(elsewhere) }} />
        <i data-part="rest" style={{ width: share(rest) }} />
      </div>
      <dl className={classes.legend}>
        <Part
          part="own"
          name={t('models-files:disk.own')}
          value={bytes(ownBytes)}
          note={t('models:files', { count: ownFiles })}
        />
        <Part
          part="elsewhere"
          name={t('models-files:disk.elsewhere')}
          value={bytes(referencedBytes)}
          note={t('models:files', { count: referencedFiles })}
        />
        {totalBytes !== undefined && (
          <Part part="rest" name={t('models-files:disk.rest')} value={bytes(rest)} note="" />
        )}
        {freeBytes !== undefined && (
          <Part
            part="free"
            name={t('models-files:disk.free')}
            value={bytes(freeBytes)}
            note={
              totalBytes === undefined ? '' : t('models-files:disk.ofTotal', { total: bytes(totalBytes) })
            }
          />
        )}
      </dl>
      <p className={classes.folder}>
        <Trans
          i18n={i18n}
          t={t}
          i18nKey="models-files:disk.folder"
          components={{ path: <FilePath path={use.modelsFolder} /> }}
        />
      </p>
    </div>
  )
}

interface PartProps {
  readonly part: string
  readonly name: string
  readonly value: string
  readonly note: string
}

function Part({ part, name, value, note }: PartProps) {
  return (
    <div>
      <dt>
        <i data-part={part} aria-hidden />
        {name}
      </dt>
      <dd data-figures>
        {value} <span className={classes.note}>{note}</span>
      </dd>
    </div>
  )
}
