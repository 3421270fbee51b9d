import { Button, Group, Modal } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'

export interface RemoveModelProps {
  readonly model: ModelView
  readonly opened: boolean
  readonly onClose: () => void
}

/** Asks before a model is served no more. */
export function RemoveModel({ model, opened, onClose }: RemoveModelProps) {
  const { name, running } = model
  const remove = useMutation(
    useTRPC().models.remove.mutationOptions({
      onSuccess: onClose,
      onError: (error) => notifyFailure(error, `${name} could not be removed`),
    }),
  )
  return (
    <Modal opened={opened} onClose={onClose} title={`Remove ${name}?`} size={420}>
      <p>
        Tasks for it go to other nodes from now on. The file stays on disk, so the model can be added again.
        {running > 0 && ` What it works on now (${running}) is stopped and not paid.`}
      </p>
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button
          variant="filled"
          color="red"
          loading={remove.isPending}
          onClick={() => remove.mutate({ name })}
        >
          Remove
        </Button>
      </Group>
    </Modal>
  )
}
