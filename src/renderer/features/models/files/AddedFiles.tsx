import { Button, Group, Modal } from '@mantine/core'
import { t } from '../../../../locales/translate.ts'
import type { AddedFileView } from '../../../../protocol/local-model-views.ts'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { fileName } from '../../../format/identifiers.ts'
import type { Tone } from '../../../format/task-words.ts'
import classes from './AddedFiles.module.css'

const tones: Readonly<Record<AddedFileView['outcome'], Tone>> = {
  added: 'earned',
  already: 'neutral',
  refused: 'attention',
}

/** What became of each file that was to be served; only where not all went well. */
export function AddedFiles(props: {
  readonly files: readonly AddedFileView[]
  readonly onClose: () => void
}) {
  const { files, onClose } = props
  const refused = files.filter(({ outcome }) => outcome === 'refused').length
  return (
    <Modal
      opened={files.length > 0}
      onClose={onClose}
      title={
        refused === files.length
          ? t('models-files:added.failed')
          : t('models-files:added.refused', { count: refused })
      }
      size={560}
    >
      <ul className={classes.list} aria-label={t('models-files:added.list')}>
        {files.map(({ path, outcome, name, error }) => (
          <li key={path}>
            <div className={classes.head}>
              <span className={classes.name} title={path}>
                {name ?? fileName(path)}
              </span>
              <ToneBadge tone={tones[outcome]}>{t(`models-files:added.outcome.${outcome}`)}</ToneBadge>
            </div>
            {error !== undefined && <p className={classes.reason}>{error.message}</p>}
          </li>
        ))}
      </ul>
      <Group justify="flex-end" mt="lg">
        <Button onClick={onClose} data-autofocus>
          {t('common:close')}
        </Button>
      </Group>
    </Modal>
  )
}
