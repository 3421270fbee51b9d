// No words: styles.

import { HighlightStyle, syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { tags } from '@lezer/highlight'

/** Both themes at once: every colour is one of the window's own variables. */
export function editorTheme(): Extension {
  return [EditorView.theme(styles), syntaxHighlighting(highlights)]
}

const highlights = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--driad-text)' },
  { tag: tags.string, color: 'var(--driad-earned)' },
  { tag: tags.number, color: 'var(--driad-waiting)' },
  { tag: [tags.bool, tags.null], color: 'var(--driad-running)' },
  { tag: [tags.separator, tags.squareBracket, tags.brace], color: 'var(--driad-faint)' },
])

const mono = 'var(--mantine-font-family-monospace)'
const popup = {
  border: '1px solid var(--driad-line-strong)',
  borderRadius: '8px',
  backgroundColor: 'var(--driad-panel)',
  color: 'var(--driad-text)',
  fontSize: '12.5px',
}

const styles = {
  '&': { height: '100%', backgroundColor: 'transparent', color: 'var(--driad-text)', fontSize: '12px' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: mono, lineHeight: '1.6' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--driad-text)' },
  '.cm-line': { padding: '0 10px 0 4px' },
  '.cm-hanging': {
    paddingLeft: 'calc(4px + var(--hang))',
    textIndent: 'calc(-1 * var(--hang))',
  },
  '.cm-cursor': { borderLeftColor: 'var(--driad-text)', borderLeftWidth: '1.5px' },
  '.cm-gutters': { border: 'none', backgroundColor: 'transparent', color: 'var(--driad-faint)' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '26px', padding: '0 4px 0 2px' },
  '.cm-activeLine': { backgroundColor: 'color-mix(in srgb, var(--driad-text) 4%, transparent)' },
  '.cm-activeLineGutter': { backgroundColor: 'transparent', color: 'var(--driad-text)' },
  '.cm-foldGutter .cm-gutterElement': { width: '14px', padding: '0', cursor: 'pointer', textAlign: 'center' },
  '.cm-foldPlaceholder': {
    margin: '0 3px',
    padding: '0 5px',
    border: 'none',
    backgroundColor: 'var(--driad-neutral-soft)',
    color: 'var(--driad-dim)',
  },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in srgb, var(--driad-earned) 22%, transparent)',
  },
  '&.cm-focused .cm-matchingBracket': {
    borderRadius: '2px',
    outline: '1px solid var(--driad-line-strong)',
    backgroundColor: 'var(--driad-neutral-soft)',
    color: 'var(--driad-text)',
  },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--driad-attention-soft)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--driad-neutral-soft)' },
  '.cm-searchMatch': { backgroundColor: 'var(--driad-highlight)', outline: 'none' },
  '.cm-searchMatch-selected': { outline: '1px solid var(--driad-waiting)' },
  '.cm-slot, .cm-slot span': { color: 'var(--driad-running)' },
  '.cm-snippetField': { backgroundColor: 'var(--driad-neutral-soft)' },

  '.cm-lintRange': { textUnderlineOffset: '3px', backgroundImage: 'none', paddingBottom: '0' },
  '.cm-lintRange-error': { textDecoration: 'underline wavy 1.5px var(--driad-attention)' },
  '.cm-lintRange-warning': { textDecoration: 'underline wavy 1.5px var(--driad-waiting)' },
  '.cm-lintRange-active': { backgroundColor: 'transparent' },
  '.cm-lintPoint::after': { borderBottomColor: 'var(--driad-attention)' },
  '.cm-gutter-lint': { width: '14px' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0 0 0 5px' },
  // A dot and a triangle: the two are told apart by more than their colour.
  '.cm-lint-marker': { width: '8px', height: '8px', marginTop: '5px' },
  '.cm-lint-marker-error': {
    content: 'none',
    borderRadius: '50%',
    backgroundColor: 'var(--driad-attention)',
  },
  '.cm-lint-marker-warning': {
    content: 'none',
    backgroundColor: 'var(--driad-waiting)',
    clipPath: 'polygon(50% 0, 100% 100%, 0 100%)',
  },

  '.cm-tooltip': popup,
  '.cm-tooltip.cm-tooltip-hover': { maxWidth: '440px' },
  '.cm-tooltip-lint': { padding: '0' },
  '.cm-diagnostic': { padding: '6px 10px', borderLeftWidth: '3px', overflowWrap: 'anywhere' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--driad-attention)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--driad-waiting)' },
  '.cm-diagnosticSource': { color: 'var(--driad-dim)', fontFamily: mono, fontSize: '11.5px', opacity: '1' },
  '.cm-hint': { display: 'grid', gap: '2px', maxWidth: '380px', padding: '7px 10px' },
  '.cm-hint code': { fontFamily: mono },
  '.cm-hint span, .cm-hint p': { color: 'var(--driad-dim)' },
  '.cm-tooltip.cm-tooltip-autocomplete': { overflow: 'hidden' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { padding: '3px', maxHeight: '220px', fontFamily: mono },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { padding: '3px 8px', borderRadius: '5px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    backgroundColor: 'var(--driad-neutral-soft)',
    color: 'var(--driad-text)',
  },
  '.cm-completionMatchedText': { color: 'var(--driad-earned)', fontWeight: '600', textDecoration: 'none' },
  '.cm-completionInfo': { ...popup, maxWidth: '260px', padding: '6px 10px' },

  '.cm-panels': { backgroundColor: 'var(--driad-panel)', color: 'var(--driad-text)' },
  '.cm-panels-top': { borderBottom: '1px solid var(--driad-line)' },
  '.cm-panel.cm-search': { padding: '6px 28px 6px 8px', fontFamily: 'var(--mantine-font-family)' },
  '.cm-panel.cm-search label': { fontSize: '12px', whiteSpace: 'nowrap' },
  '.cm-panel.cm-search [name=close]': { color: 'var(--driad-dim)', fontSize: '16px', cursor: 'pointer' },
  '.cm-panel.cm-search input[type=checkbox]': {
    margin: '0 5px 0 0',
    accentColor: 'var(--driad-earned)',
    verticalAlign: '-2px',
  },
  '.cm-textfield:focus-visible, .cm-button:focus-visible': {
    outline: '2px solid var(--driad-earned)',
    outlineOffset: '-1px',
  },
  '.cm-textfield': {
    padding: '3px 7px',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: '6px',
    backgroundColor: 'var(--driad-bg)',
    fontSize: '12px',
  },
  '.cm-button': {
    padding: '2px 8px',
    border: '1px solid var(--mantine-color-default-border)',
    borderRadius: '6px',
    backgroundColor: 'var(--mantine-color-default)',
    backgroundImage: 'none',
    fontSize: '12px',
    cursor: 'pointer',
  },
}
