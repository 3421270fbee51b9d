import { Button, Group, Modal } from '@mantine/core'
import type { AddedFileView } from '../../../../protocol/local-model-views.ts'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { fileName } from '../../../format/identifiers.ts'
import { plural } from '../../../format/numbers.ts'
import type { Tone } from '../../../format/task-words.ts'
import classes from './AddedFiles.module.css'

const outcomes: Readonly<Record<AddedFileView['outcome'], { readonly tone: Tone; readonly label: string }>> =
  {
    added: { tone: 'earned', label: 'Added' },
    already: { tone: 'neutral', label: 'Served already' },
    refused: { tone: 'attention', label: 'Not added' },
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
        refused === files.length ? 'Nothing could be added' : `${plural(refused, 'file')} could not be added`
      }
      size={560}
    >
      <ul className={classes.list} aria-label="What became of each file">
        {files.map(({ path, outcome, name, error }) => (
          <li key={path}>
            <div className={classes.head}>
              <span className={classes.name} title={path}>
                {name ?? fileName(path)}
              </span>
              <ToneBadge tone={outcomes[outcome].tone}>{outcomes[outcome].label}</ToneBadge>
            </div>
            {error !== undefined && <p className={classes.reason}>{error.message}</p>}
          </li>
        ))}
      </ul>
      <Group justify="flex-end" mt="lg">
        <Button onClick={onClose} data-autofocus>
          Close
        </Button>
      </Group>
    </Modal>
  )
}
