import { ensureSyntaxTree, syntaxTree } from '@codemirror/language'
import { type Diagnostic, forEachDiagnostic, linter, setDiagnosticsEffect } from '@codemirror/lint'
import type { EditorState, Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { t } from '../../../../locales/translate.ts'
import type { InputIssue } from '../../../../protocol/errors.ts'
import type { WorkflowInspectionView } from '../../../../protocol/views.ts'
import { readFailure } from '../../../api/failure.ts'
import { issueRange } from './issue-range.ts'
import { MAX_CHECKED_CHARS, syntaxProblems } from './workflow-language.ts'

/** Asks the engine what it makes of a workflow. */
export type Inspect = (workflowJson: string, signal: AbortSignal) => Promise<WorkflowInspectionView>

export interface Problem {
  readonly from: number
  /** From 1. */
  readonly line: number
  readonly severity: 'error' | 'warning'
  readonly message: string
  /** The JSON path, where it has one. */
  readonly path?: string
}

export interface Problems {
  readonly list: readonly Problem[]
  /** The one under the cursor. */
  readonly current?: number
}

/** How long nothing must be typed before the text is checked. */
const QUIET_MS = 300
/** How long the syntax tree of a large text may take. */
const TREE_MS = 100

/**
 * Checks the text while it is written: its JSON first, and then the engine's whole validation. An answer to a text that
 * has changed since is dropped.
 */
export function workflowLint(inspect: Inspect, tell: (problems: Problems) => void): Extension {
  let asked = new AbortController()
  return [
    linter(
      async ({ state }) => {
        asked.abort()
        asked = new AbortController()
        return await check(state, inspect, asked.signal)
      },
      { delay: QUIET_MS },
    ),
    EditorView.updateListener.of(({ state, docChanged, selectionSet, transactions }) => {
      const isChecked = transactions.some(({ effects }) =>
        effects.some((effect) => effect.is(setDiagnosticsEffect)),
      )
      // While one types, the words stay as they were: the line under the editor would flicker.
      if (isChecked || (selectionSet && !docChanged)) tell(problemsOf(state))
    }),
  ]
}

async function check(state: EditorState, inspect: Inspect, signal: AbortSignal): Promise<Diagnostic[]> {
  const { doc } = state
  if (doc.length > MAX_CHECKED_CHARS) {
    return [
      {
        from: 0,
        to: doc.line(1).to,
        severity: 'error',
        message: t('test:editor.tooLong'),
      },
    ]
  }
  const syntax = await syntaxProblems(doc)
  if (syntax.some(({ severity }) => severity === 'error')) return syntax
  try {
    const text = doc.toString()
    const { error, warnings } = await inspect(text, signal)
    const tree = ensureSyntaxTree(state, doc.length, TREE_MS) ?? syntaxTree(state)
    const diagnostic = (severity: Diagnostic['severity'], issue: InputIssue): Diagnostic => ({
      ...plainRange(issueRange(text, tree, issue.path)),
      severity,
      message: sentence(issue),
      ...(issue.path !== '' && { source: issue.path }),
    })
    const issues = error?.issues ?? []
    return [
      ...syntax,
      ...issues.map((issue) => diagnostic('error', issue)),
      ...(error !== undefined && issues.length === 0
        ? [{ from: 0, to: doc.line(1).to, severity: 'error' as const, message: error.message }]
        : []),
      ...warnings.map((issue) => diagnostic('warning', issue)),
    ]
  } catch (error) {
    if (signal.aborted) return syntax
    const message = t('test:editor.notChecked', { why: readFailure(error).message })
    return [...syntax, { from: 0, to: doc.line(1).to, severity: 'warning', message }]
  }
}

function plainRange({ from, to }: { from: number; to: number }) {
  return { from, to }
}

function sentence({ expected, found }: InputIssue): string {
  return found === undefined
    ? t('test:editor.expected', { expected })
    : t('test:editor.expectedAndFound', { expected, found })
}

function problemsOf(state: EditorState): Problems {
  const { head } = state.selection.main
  const list: Problem[] = []
  let current: number | undefined
  forEachDiagnostic(state, ({ severity, message, source }, from, to) => {
    if (head >= from && head <= to) current ??= list.length
    list.push({
      from,
      line: state.doc.lineAt(from).number,
      severity: severity === 'error' ? 'error' : 'warning',
      message,
      ...(source !== undefined && { path: source }),
    })
  })
  return { list, ...(current !== undefined && { current }) }
}
