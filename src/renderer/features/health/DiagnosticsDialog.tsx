import { Button, Group, Modal } from '@mantine/core'
import { IconDeviceFloppy } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { DiagnosticsFileView, DiagnosticsView } from '../../../protocol/diagnostics-views.ts'
import { useTRPC } from '../../api/client.ts'
import { readFailure } from '../../api/failure.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState, FailureNote } from '../../components/ErrorState.tsx'
import { bytes } from '../../format/numbers.ts'
import classes from './DiagnosticsDialog.module.css'

/** A page of more text is no longer read, and takes long to lay out. */
const SHOWN_CHARS = 200_000

interface DiagnosticsDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
}

/** Shows every file of a diagnostics bundle before it is saved, just as it will be in it. */
export function DiagnosticsDialog({ opened, onClose }: DiagnosticsDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t('health:diagnostics.title')} size={860}>
      {opened && <Bundle onClose={onClose} />}
    </Modal>
  )
}

function Bundle({ onClose }: Pick<DiagnosticsDialogProps, 'onClose'>) {
  const trpc = useTRPC()
  const { mutate, data, error } = useMutation(trpc.diagnostics.prepare.mutationOptions())
  // Each opening puts together a new one: what is shown is of now.
  useEffect(() => mutate(), [mutate])
  if (error !== null) {
    return (
      <FailureNote
        failure={readFailure(error)}
        title={t('health:diagnostics.failed')}
        onRetry={() => mutate()}
      />
    )
  }
  if (data === undefined) return <LoadingRows rows={8} label={t('health:diagnostics.preparing')} />
  return <Preview bundle={data} onClose={onClose} />
}

interface PreviewProps extends Pick<DiagnosticsDialogProps, 'onClose'> {
  readonly bundle: Pick<DiagnosticsView, 'id' | 'sizeBytes'> & {
    readonly files: readonly Pick<DiagnosticsFileView, 'name' | 'sizeBytes'>[]
  }
}

function Preview({ bundle, onClose }: PreviewProps) {
  const { id, files, sizeBytes } = bundle
  const [name, setName] = useState(files[0]?.name ?? '')
  const save = useMutation(
    useTRPC().diagnostics.save.mutationOptions({
      onSuccess: (saved: { path: string } | null) => {
        if (saved === null) return
        notifyDone(t('health:diagnostics.saved'), saved.path)
        onClose()
      },
      onError: (error) => notifyFailure(error, t('health:diagnostics.saveFailed')),
    }),
  )
  return (
    <>
      <p className={classes.about}>{t('health:diagnostics.about')}</p>
      <div className={classes.preview}>
        <fieldset className={classes.files}>
          <legend className={classes.legend}>{t('health:diagnostics.files')}</legend>
          {files.map((file) => (
            <label key={file.name} className={classes.file}>
              <input
                type="radio"
                name="diagnostics-file"
                checked={file.name === name}
                onChange={() => setName(file.name)}
              />
              <span>{file.name}</span>
              <span className={classes.size}>{bytes(file.sizeBytes)}</span>
            </label>
          ))}
        </fieldset>
        <FileText id={id} name={name} />
      </div>
      <Group justify="space-between" mt="md">
        <span className={classes.about}>{t('health:diagnostics.size', { size: bytes(sizeBytes) })}</span>
        <Button
          variant="filled"
          leftSection={<IconDeviceFloppy aria-hidden size={15} />}
          loading={save.isPending}
          onClick={() => save.mutate({ id })}
        >
          {t('health:diagnostics.saveFile')}
        </Button>
      </Group>
    </>
  )
}

function FileText({ id, name }: { readonly id: string; readonly name: string }) {
  const { data, error, refetch } = useQuery(useTRPC().diagnostics.file.queryOptions({ id, name }))
  if (data === undefined) {
    return error === null ? (
      <LoadingRows rows={6} />
    ) : (
      <ErrorState error={error} onRetry={() => void refetch()} />
    )
  }
  const { text } = data
  return (
    <div className={classes.textFrame}>
      <pre className={classes.text} {...{ role: 'region', 'aria-label': name, tabIndex: 0 }}>
        {text === '' ? t('health:diagnostics.empty') : text.slice(0, SHOWN_CHARS)}
      </pre>
      {text.length > SHOWN_CHARS && (
        <p className={classes.about}>
          {t('health:diagnostics.shortened', { shown: bytes(SHOWN_CHARS), size: bytes(data.sizeBytes) })}
        </p>
      )}
    </div>
  )
}
