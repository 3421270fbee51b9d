import { ActionIcon, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconDeviceFloppy, IconFolderOpen } from '@tabler/icons-react'
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
  const isEdited = text !== origin.savedText
  return (
    <div className={classes.file}>
      <span className={classes.fileName} title={origin.path ?? origin.name}>
        {origin.name}
      </span>
      {isEdited && (
        <span className={classes.edited} title="Unsaved edits">
          <VisuallyHidden>unsaved edits</VisuallyHidden>
        </span>
      )}
      <Tooltip label="Open a file (Ctrl O)">
        <ActionIcon aria-label="Open a file" onClick={files.open} aria-keyshortcuts="Control+O">
          <IconFolderOpen aria-hidden size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={origin.path === undefined ? 'Save as a file (Ctrl S)' : 'Save (Ctrl S)'}>
        <ActionIcon aria-label="Save" onClick={files.save} aria-keyshortcuts="Control+S">
          <IconDeviceFloppy aria-hidden size={16} />
        </ActionIcon>
      </Tooltip>
    </div>
  )
}
