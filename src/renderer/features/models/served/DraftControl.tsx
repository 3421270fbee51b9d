import { Button, Select } from '@mantine/core'
import { IconFolderOpen } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useId } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { useModels } from '../../../app/use-node.ts'
import { bytes } from '../../../format/numbers.ts'
import classes from './LoadControls.module.css'

const NONE = ''

interface DraftControlProps {
  readonly model: ModelView
  /** GGUF that guesses ahead. */
  readonly path: string | undefined
  readonly onChange: (path: string | undefined) => void
}

/** Which small model guesses ahead for a large one: one of those that are known, or any file. */
export function DraftControl({ model, path, onChange }: DraftControlProps) {
  const id = useId()
  const models = useModels() ?? []
  const pick = useMutation(
    useTRPC().models.pickFile.mutationOptions({
      onSuccess: (chosen: string | null) => {
        if (chosen !== null) onChange(chosen)
      },
      onError: (error) => notifyFailure(error, t('models:noFileChosen')),
    }),
  )
  const smaller = models.filter(
    (other) => other.path !== model.path && other.sizeBytes > 0 && other.sizeBytes < model.sizeBytes,
  )
  const options = [
    { value: NONE, label: t('models-served:draft.none') },
    ...smaller.map((other) => ({
      value: other.path,
      label: t('models-served:draft.option', { name: other.name, size: bytes(other.sizeBytes) }),
    })),
  ]
  if (path !== undefined && !options.some(({ value }) => value === path))
    options.push({ value: path, label: path.split(/[\\/]/).at(-1) ?? path })
  return (
    <div className={classes.control}>
      <div className={classes.line}>
        <label htmlFor={id}>{t('models-served:draft.label')}</label>
      </div>
      <div className={classes.draft}>
        <Select
          id={id}
          value={path ?? NONE}
          data={options}
          allowDeselect={false}
          onChange={(value) => onChange(value === null || value === NONE ? undefined : value)}
        />
        <Button
          leftSection={<IconFolderOpen aria-hidden size={14} />}
          loading={pick.isPending}
          onClick={() => pick.mutate()}
          aria-label={t('models-served:draft.chooseLabel', { name: model.name })}
        >
          {t('models-served:draft.choose')}
        </Button>
      </div>
      <p className={classes.note}>{t('models-served:draft.note')}</p>
    </div>
  )
}
