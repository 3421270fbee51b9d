import { Button, Group, Modal, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useTRPC } from '../../api/client.ts'
import { readFailure } from '../../api/failure.ts'
import { notifyDone } from '../../app/notify.tsx'
import classes from './NetworkPage.module.css'

export interface AddComputerProps {
  readonly opened: boolean
  readonly onClose: () => void
}

/** Adds the address of a computer to connect to first. */
export function AddComputer({ opened, onClose }: AddComputerProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Add a computer" size={520}>
      {opened && <AddComputerForm onClose={onClose} />}
    </Modal>
  )
}

function AddComputerForm({ onClose }: Pick<AddComputerProps, 'onClose'>) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const [address, setAddress] = useState('')
  const settings = useQuery(trpc.settings.get.queryOptions()).data
  const set = useMutation(
    trpc.settings.set.mutationOptions({
      onSuccess: (changed) => {
        cache.setQueryData(trpc.settings.get.queryKey(), changed)
        notifyDone('Computer added', 'It is called first the next time you join.')
        onClose()
      },
    }),
  )
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        set.mutate({ bootstrap: [...(settings?.bootstrap ?? []), address.trim()] })
      }}
    >
      <TextInput
        label="Its address"
        description="Its operator copies it from this view, where it says how many addresses to give to others."
        placeholder="/dns4/node.example/tcp/4001/p2p/12D3…"
        data-autofocus
        value={address}
        error={set.error === null ? undefined : addressProblem(set.error)}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      <Group gap={8} justify="flex-end">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          variant="filled"
          loading={set.isPending}
          disabled={address.trim() === '' || settings === undefined}
        >
          Add
        </Button>
      </Group>
    </form>
  )
}

function addressProblem(error: unknown): string {
  const { message, issues } = readFailure(error)
  return issues[0] === undefined ? message : `Expected ${issues[0].expected}`
}
