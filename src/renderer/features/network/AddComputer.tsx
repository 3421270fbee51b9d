import { Button, Group, Modal, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
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
    <Modal opened={opened} onClose={onClose} title={t('network:add.open')} size={520}>
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
        notifyDone(t('network:add.done'), t('network:add.doneMore'))
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
        label={t('network:add.address')}
        description={t('network:add.addressHint')}
        placeholder="/dns4/node.example/tcp/4001/p2p/12D3…" // not words
        data-autofocus
        value={address}
        error={set.error === null ? undefined : addressProblem(set.error)}
        onChange={(event) => setAddress(event.currentTarget.value)}
      />
      <Group gap={8} justify="flex-end">
        <Button onClick={onClose}>{t('common:cancel')}</Button>
        <Button
          type="submit"
          variant="filled"
          loading={set.isPending}
          disabled={address.trim() === '' || settings === undefined}
        >
          {t('network:add.submit')}
        </Button>
      </Group>
    </form>
  )
}

function addressProblem(error: unknown): string {
  const { message, issues } = readFailure(error)
  return issues[0] === undefined ? message : t('network:add.expected', { what: issues[0].expected })
}
