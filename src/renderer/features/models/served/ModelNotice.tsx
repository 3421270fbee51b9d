import { Button } from '@mantine/core'
import { IconInfoCircle } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { useDevices } from '../../../app/use-node.ts'
import classes from './ModelCard.module.css'
import { noticeWords } from './notice-words.ts'

/** A model that is loaded with less than was wanted, or not for the time being: why, and what can be done. */
export function ModelNotice({ model }: { readonly model: ModelView }) {
  const { name, notice, state, error } = model
  // What is missing stands above all models already.
  const told = useDevices()?.use.reason === error?.message
  const load = useMutation(
    useTRPC().models.load.mutationOptions({
      onError: (failure) => notifyFailure(failure, t('models-served:failure.load', { name })),
    }),
  )
  if (state === 'suspended') {
    return (
      <p className={classes.notice}>
        <IconInfoCircle aria-hidden size={16} />
        <span>{told ? t('models-served:notice.waits') : t('models-served:notice.missing')}</span>
      </p>
    )
  }
  if (notice === undefined) return null
  return (
    <div className={classes.notice}>
      <IconInfoCircle aria-hidden size={16} />
      <span>{noticeWords(notice)}</span>
      <Button
        loading={load.isPending}
        onClick={() => load.mutate({ name })}
        aria-label={t('models-served:notice.tryLargerLabel', { name })}
      >
        {t('models-served:notice.tryLarger')}
      </Button>
    </div>
  )
}
