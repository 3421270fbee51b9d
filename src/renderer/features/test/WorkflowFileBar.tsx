import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconDeviceFloppy, IconFolderOpen } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import classes from './TestPage.module.css'
import type { WorkflowOrigin } from './test-session.ts'
import type { WorkflowFiles } from './use-workflow-files.ts'

export interface WorkflowFileBarProps {
  readonly origin: WorkflowOrigin
  readonly text: string
  readonly files: WorkflowFiles
}

/** Which workflow is in the editor, whether it has unsaved edits, and the ways to open and save one. */
export function WorkflowFileBar({ origin, text, files }: WorkflowFileBarProps) {
  const name = origin.name ?? t('test:file.untitled')
  const isEdited = text !== origin.savedText
  return (
    <div className={classes.file}>
      <span className={classes.fileName} title={origin.path ?? name}>
        {name}
      </span>
      {isEdited && (
        <span className={classes.edited} title={t('test:file.unsaved')}>
          <VisuallyHidden>{t('test:file.unsavedSpoken')}</VisuallyHidden>
        </span>
      )}
      <Tooltip label={t('test:file.openKey')}>
        <ActionIcon aria-label={t('test:file.open')} onClick={files.open} aria-keyshortcuts="Control+O">
          <IconFolderOpen aria-hidden size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={t(origin.path === undefined ? 'test:file.saveAsKey' : 'test:file.saveKey')}>
        <ActionIcon aria-label={t('test:file.save')} onClick={files.save} aria-keyshortcuts="Control+S">
          <IconDeviceFloppy aria-hidden size={16} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}
