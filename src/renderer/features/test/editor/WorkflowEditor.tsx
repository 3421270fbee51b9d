import { nextDiagnostic, previousDiagnostic } from '@codemirror/lint'
import { EditorView } from '@codemirror/view'
import { useEffect, useRef, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import { useTRPCClient } from '../../../api/client.ts'
import type { TestSession } from '../test-session.ts'
import { editorState, keptEditor, replacement } from './editor-state.ts'
import { ProblemBar } from './ProblemBar.tsx'
import { taskRange } from './task-range.ts'
import classes from './WorkflowEditor.module.css'
import { type Problems, workflowLint } from './workflow-lint.ts'

export interface WorkflowEditorProps {
  readonly session: TestSession
  readonly text: string
  /** What describes how the keyboard leaves it. */
  readonly hintId: string
  /** The task to show; each time it is asked for, another object. */
  readonly revealed: { readonly taskId: string } | undefined
}

/** The workflow as JSON text, checked while it is written. Its text is the session's; its undo history outlives it. */
export function WorkflowEditor({ session, text, hintId, revealed }: WorkflowEditorProps) {
  const client = useTRPCClient()
  const frame = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(null)
  /** The text that editor and session agree on. */
  const agreed = useRef(text)
  const [problems, setProblems] = useState<Problems>()

  useEffect(() => {
    if (frame.current === null) return
    agreed.current = session.snapshot().draft.workflowJson
    const editor = new EditorView({
      parent: frame.current,
      state: editorState({
        text: agreed.current,
        memory: session.editorMemory,
        extensions: [
          workflowLint(
            (workflowJson, signal) => client.test.inspect.query({ workflowJson }, { signal }),
            setProblems,
          ),
          EditorView.updateListener.of(({ state, docChanged }) => {
            if (!docChanged) return
            const written = state.doc.toString()
            if (written === agreed.current) return
            agreed.current = written
            session.edit({ workflowJson: written })
          }),
          EditorView.contentAttributes.of({
            'aria-label': t('test:editor.label'),
            'aria-describedby': hintId,
            // Editable text takes the focus anyway; said so, what scrolls is known to be reachable by keyboard.
            tabindex: '0',
          }),
        ],
      }),
    })
    view.current = editor
    return () => {
      session.editorMemory = keptEditor(editor.state)
      view.current = null
      editor.destroy()
    }
  }, [session, client, hintId])

  useEffect(() => {
    if (view.current === null || text === agreed.current) return
    agreed.current = text
    view.current.dispatch(replacement(view.current.state, text))
  }, [text])

  useEffect(() => {
    const range = revealed === undefined ? undefined : taskRange(agreed.current, revealed.taskId)
    if (view.current === null || range === undefined) return
    view.current.dispatch({
      selection: { anchor: range.from, head: range.to },
      effects: EditorView.scrollIntoView(range.from, { y: 'center' }),
    })
  }, [revealed])

  const go = (step: typeof nextDiagnostic) => {
    if (view.current === null) return
    step(view.current)
    view.current.focus()
  }
  return (
    <div className={classes.editor}>
      <div ref={frame} className={classes.frame} />
      <ProblemBar
        problems={problems}
        onNext={() => go(nextDiagnostic)}
        onPrevious={() => go(previousDiagnostic)}
      />
    </div>
  )
}
