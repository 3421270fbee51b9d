import { type Extension, RangeSetBuilder } from '@codemirror/state'
import { Decoration, type DecorationSet, type EditorView, ViewPlugin } from '@codemirror/view'

/** Deeper lines hang no further: there would be no room left for their text. */
const MAX_COLUMNS = 24
/** How far a wrapped line stands behind its first. */
const BEHIND = 2

/** What is wrapped goes on under the beginning of its own line, not under the line numbers. */
export function hangingIndent(): Extension {
  return ViewPlugin.define(
    (view) => ({
      decorations: hangingLines(view),
      update(update) {
        if (update.docChanged || update.viewportChanged) this.decorations = hangingLines(update.view)
      },
    }),
    { decorations: ({ decorations }) => decorations },
  )
}

function hangingLines({ state, visibleRanges }: EditorView): DecorationSet {
  const lines = new RangeSetBuilder<Decoration>()
  let last = 0
  for (const { from, to } of visibleRanges) {
    for (let pos = from; pos <= to; ) {
      const line = state.doc.lineAt(pos)
      const columns = Math.min(MAX_COLUMNS, /^ */.exec(line.text)?.[0].length ?? 0) + BEHIND
      // Two visible ranges may begin and end within one line.
      if (line.number > last) lines.add(line.from, line.from, hanging(columns))
      last = line.number
      pos = line.to + 1
    }
  }
  return lines.finish()
}

function hanging(columns: number): Decoration {
  return Decoration.line({ class: 'cm-hanging', attributes: { style: `--hang: ${columns}ch` } })
}
