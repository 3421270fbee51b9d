import { IconFileDownload } from '@tabler/icons-react'
import { useEffect, useEffectEvent, useState } from 'react'
import { t } from '../../locales/translate.ts'
import { pageBridge } from '../api/bridge.ts'
import { useTRPCClient } from '../api/client.ts'
import type { IpcCallContext } from '../api/ipc-link.ts'
import { useAddFiles } from '../features/models/files/use-add-files.ts'
import { useTestSession } from '../features/test/TestSessionProvider.tsx'
import { useWorkflowFiles } from '../features/test/use-workflow-files.ts'
import classes from './DropFiles.module.css'
import { notifyFailure } from './notify.tsx'
import { useNavigate } from './use-route.ts'

/** As many as one call takes. */
const MAX_DROPPED = 256

/** So that a broken subscription is opened again: what was opened meanwhile waits for it. */
const context: Record<string, unknown> = { resubscribe: true } satisfies IpcCallContext

/** GGUF files, folders and workflows may be dropped anywhere onto the window, or be opened by the system's file manager. */
export function DropFiles() {
  const { addFiles } = useAddFiles()
  const workflows = useWorkflowFiles(useTestSession())
  const navigate = useNavigate()
  const [over, setOver] = useState(false)

  const client = useTRPCClient()

  const takeModels = (paths: readonly string[]) => {
    if (paths.length > 0 && paths.length <= MAX_DROPPED) {
      addFiles(paths)
      return
    }
    const why =
      paths.length === 0
        ? t('models-files:drop.noFiles')
        : t('models-files:drop.tooMany', { most: MAX_DROPPED })
    notifyFailure(new Error(why), t('models-files:drop.failed'))
  }

  const takeOpened = useEffectEvent((paths: readonly string[]) => {
    const [first] = paths
    if (first !== undefined && paths.length === 1 && isWorkflow(first)) {
      workflows.openGiven(first)
      navigate({ view: 'test' })
    } else {
      takeModels(paths)
      navigate({ view: 'models' })
    }
  })

  useEffect(() => {
    const opened = client.app.onOpenFiles.subscribe(undefined, {
      context,
      onData: (paths) => takeOpened(paths),
    })
    return () => opened.unsubscribe()
  }, [client])

  const take = useEffectEvent((files: readonly File[]) => {
    const [first] = files
    if (first !== undefined && files.length === 1 && isWorkflow(first.name)) {
      workflows.drop(first)
      navigate({ view: 'test' })
      return
    }
    const bridge = pageBridge()
    takeModels(files.flatMap((file) => bridge?.pathOfFile(file) || []))
  })

  useEffect(() => {
    // Every element below the pointer is entered and left by itself; the window only when all of them are.
    let entered = 0
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true
    const onEnter = (event: DragEvent) => {
      if (!hasFiles(event)) return
      entered += 1
      setOver(true)
    }
    const onLeave = (event: DragEvent) => {
      if (!hasFiles(event)) return
      entered = Math.max(0, entered - 1)
      if (entered === 0) setOver(false)
    }
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event) || event.dataTransfer === null) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'link'
    }
    const onDrop = (event: DragEvent) => {
      if (!hasFiles(event) || event.dataTransfer === null) return
      event.preventDefault()
      event.stopPropagation()
      entered = 0
      setOver(false)
      take([...event.dataTransfer.files])
    }
    // Before an editor that would write what was dropped into its text.
    const options = { capture: true }
    window.addEventListener('dragenter', onEnter, options)
    window.addEventListener('dragleave', onLeave, options)
    window.addEventListener('dragover', onOver, options)
    window.addEventListener('drop', onDrop, options)
    return () => {
      window.removeEventListener('dragenter', onEnter, options)
      window.removeEventListener('dragleave', onLeave, options)
      window.removeEventListener('dragover', onOver, options)
      window.removeEventListener('drop', onDrop, options)
    }
  }, [])

  return (
    <div role="status">
      {over && (
        <div className={classes.over}>
          <div className={classes.card}>
            <IconFileDownload aria-hidden size={30} stroke={1.5} />
            <p className={classes.title}>{t('models-files:drop.title')}</p>
            <p>{t('models-files:drop.note')}</p>
          </div>
        </div>
      )}
    </div>
  )
}

function isWorkflow(name: string): boolean {
  return name.toLowerCase().endsWith('.json')
}
