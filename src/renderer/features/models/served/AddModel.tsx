import { Button, Group, Modal, TextInput } from '@mantine/core'
import { IconFolderOpen } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
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
    <Modal opened={opened} onClose={onClose} title="Add a model" size={480}>
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
      onError: (error) => notifyFailure(error, 'No file could be chosen'),
    }),
  )
  const add = useMutation(
    trpc.models.add.mutationOptions({
      onSuccess: () => {
        notifyDone('Model added', `${name} is loading. It is offered to the network when it is ready.`)
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
        label="GGUF file"
        description="It stays where it is; nothing is copied."
        placeholder="/home/you/models/model.gguf"
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
            Choose…
          </Button>
        }
        rightSectionWidth={102}
        data-autofocus
      />
      <TextInput
        label="Name"
        description="Requesters ask for it by this name; the same model should have the same name everywhere."
        value={name}
        error={isTaken ? 'A model has this name already' : undefined}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {add.error !== null && (
        <FailureNote failure={readFailure(add.error)} title="The model could not be added" />
      )}
      <Group justify="flex-end" gap="xs">
        <Button onClick={onClose}>Close</Button>
        <Button
          type="submit"
          variant="filled"
          loading={add.isPending}
          disabled={path.trim() === '' || name.trim() === '' || isTaken}
        >
          Add
        </Button>
      </Group>
    </form>
  )
}
