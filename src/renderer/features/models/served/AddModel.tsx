import { Button, Group, Modal, TextInput } from '@mantine/core'
import { IconFolderOpen } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import { useTRPC } from '../../../api/client.ts'
import { readFailure } from '../../../api/failure.ts'
import { notifyDone, notifyFailure } from '../../../app/notify.tsx'
import { FailureNote } from '../../../components/ErrorState.tsx'
import { modelNameFrom } from '../../../format/identifiers.ts'
import classes from './AddModel.module.css'

export interface AddModelProps {
  readonly opened: boolean
  readonly onClose: () => void
  /** Names that are in use. */
  readonly taken: readonly string[]
}

export function AddModel({ opened, onClose, taken }: AddModelProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={t('models-served:add.title')} size={480}>
      {opened && <AddModelForm onClose={onClose} taken={taken} />}
    </Modal>
  )
}

function AddModelForm({ onClose, taken }: Omit<AddModelProps, 'opened'>) {
  const trpc = useTRPC()
  const [path, setPath] = useState('')
  const [name, setName] = useState('')
  const pick = useMutation(
    trpc.models.pickFile.mutationOptions({
      onSuccess: (picked: string | null) => {
        if (picked === null) return
        setPath(picked)
        setName(modelNameFrom(picked))
      },
      onError: (error) => notifyFailure(error, t('models:noFileChosen')),
    }),
  )
  const add = useMutation(
    trpc.models.add.mutationOptions({
      onSuccess: () => {
        notifyDone(t('models-served:add.added'), t('models-served:add.loading', { name }))
        onClose()
      },
    }),
  )
  const isTaken = taken.includes(name.trim())
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        add.mutate({ path: path.trim(), name: name.trim() })
      }}
    >
      <TextInput
        label={t('models-served:add.file')}
        description={t('models-served:add.fileHint')}
        placeholder={t('models-served:add.example')}
        value={path}
        onChange={(event) => setPath(event.currentTarget.value)}
        rightSection={
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            leftSection={<IconFolderOpen aria-hidden size={14} />}
            loading={pick.isPending}
            onClick={() => pick.mutate()}
          >
            {t('models-served:add.choose')}
          </Button>
        }
        rightSectionWidth={102}
        data-autofocus
      />
      <TextInput
        label={t('models-served:add.name')}
        description={t('models-served:add.nameHint')}
        value={name}
        error={isTaken ? t('models-served:add.taken') : undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {add.error !== null && (
        <FailureNote failure={readFailure(add.error)} title={t('models-served:add.failed')} />
      )}
      <Group justify="flex-end" gap="xs">
        <Button onClick={onClose}>{t('common:close')}</Button>
        <Button
          type="submit"
          variant="filled"
          loading={add.isPending}
          disabled={path.trim() === '' || name.trim() === '' || isTaken}
        >
          {t('models-served:add.add')}
        </Button>
      </Group>
    </form>
  )
}
