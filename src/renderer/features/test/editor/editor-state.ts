import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete'
import {
  defaultKeymap,
  history,
  historyField,
  historyKeymap,
  indentWithTab,
  isolateHistory,
} from '@codemirror/commands'
import {
  bracketMatching,
  codeFolding,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
} from '@codemirror/language'
import { lintGutter, nextDiagnostic, previousDiagnostic } from '@codemirror/lint'
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { EditorState, type Extension, type TransactionSpec } from '@codemirror/state'
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  MatchDecorator,
  ViewPlugin,
} from '@codemirror/view'
import { t } from '../../../../locales/translate.ts'
import { editorTheme } from './editor-theme.ts'
import { hangingIndent } from './hanging-indent.ts'
import { workflowLanguage } from './workflow-language.ts'

export interface EditorInit {
  readonly text: string
  /** What `keptEditor` gave for an editor before this one. */
  readonly memory: unknown
  readonly extensions: Extension
}

const kept = { history: historyField }

/** The editor's state; with an earlier one's memory, what was undone and done there can be undone here. */
export function editorState({ text, memory, extensions }: EditorInit): EditorState {
  const config = { extensions: [workflowEditing(), extensions] }
  if (memory === undefined) return EditorState.create({ doc: text, ...config })
  const before = EditorState.fromJSON(memory, config, kept)
  return before.doc.toString() === text ? before : before.update(replacement(before, text)).state
}

/** What an editor that closes leaves to the next. */
export function keptEditor(state: EditorState): unknown {
  return state.toJSON(kept)
}

/** Another text in place of this one, as one step that can be undone. */
export function replacement(state: EditorState, text: string): TransactionSpec {
  return {
    changes: { from: 0, to: state.doc.length, insert: text },
    selection: { anchor: 0 },
    scrollIntoView: true,
    annotations: isolateHistory.of('full'),
  }
}

function workflowEditing(): Extension {
  return [
    lintGutter(),
    lineNumbers(),
    codeFolding(),
    foldGutter({ markerDOM: foldMarker }),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of('  '),
    EditorState.tabSize.of(2),
    bracketMatching(),
    closeBrackets(),
    autocompletion({ icons: false }),
    search({ top: true }),
    EditorState.phrases.of(phrases()),
    highlightSelectionMatches(),
    EditorView.lineWrapping,
    workflowLanguage(),
    slots,
    hangingIndent(),
    editorTheme(),
    keymap.of([
      // Starts the run, at the window: here it must only not become a blank line.
      { key: 'Mod-Enter', run: () => true },
      { key: 'F8', run: nextDiagnostic, shift: previousDiagnostic, preventDefault: true },
      // Escape and then Tab leaves the editor; CodeMirror sees to that.
      { key: 'Tab', run: acceptCompletion },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      indentWithTab,
      ...defaultKeymap,
    ]),
  ]
}

/** CodeMirror's words, as the rest of the window writes its own. */
function phrases(): Record<string, string> {
  return {
    Find: t('test:editor.search.find'),
    next: t('test:editor.search.next'),
    previous: t('test:editor.search.previous'),
    all: t('test:editor.search.all'),
    'match case': t('test:editor.search.matchCase'),
    regexp: t('test:editor.search.expression'),
    'by word': t('test:editor.search.wholeWords'),
    Replace: t('test:editor.search.replace'),
    replace: t('test:editor.search.replace'),
    'replace all': t('test:editor.search.replaceAll'),
    close: t('test:editor.search.close'),
    'Go to line': t('test:editor.search.goToLine'),
    go: t('test:editor.search.go'),
    Completions: t('test:editor.search.completions'),
    'Fold line': t('test:editor.search.foldLine'),
    'Unfold line': t('test:editor.search.unfoldLine'),
    'folded code': t('test:editor.search.foldedCode'),
  }
}

function foldMarker(isOpen: boolean): HTMLElement {
  const marker = document.createElement('span')
  marker.textContent = isOpen ? '⌄' : '›'
  marker.title = t(isOpen ? 'test:editor.fold' : 'test:editor.unfold')
  return marker
}

/** `{name}` and `{{name}}`, where a message takes an input: never JSON of its own, so it is within a text. */
const slotMarks = new MatchDecorator({
  regexp: /\{\{[A-Za-z_][\w.-]*\}\}|\{[A-Za-z_][\w.-]*\}/g,
  decoration: Decoration.mark({ class: 'cm-slot' }),
})

const slots = ViewPlugin.define(
  (view) => ({
    decorations: slotMarks.createDeco(view),
    update(update) {
      this.decorations = slotMarks.updateDeco(update, this.decorations)
    },
  }),
  { decorations: ({ decorations }) => decorations },
)
