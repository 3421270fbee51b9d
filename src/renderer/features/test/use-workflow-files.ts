import { t } from '../../../locales/translate.ts'
import { useTRPCClient } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import type { TestSession } from './test-session.ts'

/** Larger files are no workflows; a dropped film must not end up in the editor. */
const MAX_FILE_BYTES = 4_000_000

export interface WorkflowFiles {
  open(): void
  /** Into the file that it came from, else into one that the operator chooses. */
  save(): void
  saveAs(): void
  drop(file: File): void
  /** One that the system asked the program to open. */
  openGiven(path: string): void
}

/** Workflows out of files and into them. What was in the editor before comes back by undo. */
export function useWorkflowFiles(session: TestSession): WorkflowFiles {
  const client = useTRPCClient()

  const open = async () => {
    const file = await client.test.openWorkflow.mutate()
    if (file !== null) session.take({ name: fileName(file.path), path: file.path, savedText: file.text })
  }
  const openGiven = async (path: string) => {
    const { text } = await client.test.openGivenWorkflow.mutate({ path })
    session.take({ name: fileName(path), path, savedText: text })
  }
  const save = async (path: string | undefined) => {
    const { draft, origin } = session.snapshot()
    const text = draft.workflowJson
    const saved = await client.test.saveWorkflow.mutate({
      text,
      ...(path === undefined ? { suggestedName: suggestedName(origin.name) } : { path }),
    })
    if (saved !== null) session.saved({ name: fileName(saved.path), path: saved.path, savedText: text })
  }
  const drop = async (file: File) => {
    if (file.size > MAX_FILE_BYTES) throw new Error(t('test:file.tooLarge', { name: file.name }))
    session.take({ name: file.name, savedText: await file.text() })
  }
  return {
    open: () => void open().catch((error) => notifyFailure(error, t('test:file.notOpened'))),
    save: () =>
      void save(session.snapshot().origin.path).catch((error) =>
        notifyFailure(error, t('test:file.notSaved')),
      ),
    saveAs: () => void save(undefined).catch((error) => notifyFailure(error, t('test:file.notSaved'))),
    drop: (file) => void drop(file).catch((error) => notifyFailure(error, t('test:file.notOpened'))),
    openGiven: (path) =>
      void openGiven(path).catch((error) => notifyFailure(error, t('test:file.notOpened'))),
  }
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path
}

/** `Story book` as `story-book.json`. */
function suggestedName(name = ''): string {
  if (name.endsWith('.json')) return name
  const words = name.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return `${words.length === 0 ? 'workflow' : words.join('-').slice(0, 60)}.json`
}
