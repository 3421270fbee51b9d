import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  snippet,
} from '@codemirror/autocomplete'
import { json, jsonLanguage } from '@codemirror/lang-json'
import { type Diagnostic, forEachDiagnostic } from '@codemirror/lint'
import type { EditorState, Extension, Text } from '@codemirror/state'
import { type EditorView, hoverTooltip, type Tooltip } from '@codemirror/view'
import {
  type ASTNode,
  type CompletionItem,
  getLanguageService,
  type JSONDocument,
  TextDocument,
  TextEdit,
} from 'vscode-json-languageservice'
import { schemaWords } from './schema-words.ts'
import { snippetTemplate } from './snippet-template.ts'
import { editorSchema } from './workflow-schema.ts'

/** Longer than any node accepts: not looked at while it is written. */
export const MAX_CHECKED_CHARS = 1024 * 1024

const SCHEMA_ADDRESS = 'driad:/workflow.schema.json'
const service = getLanguageService({})
service.configure({ schemas: [{ uri: SCHEMA_ADDRESS, fileMatch: ['*'], schema: editorSchema }] })

/** JSON, and what the schema of workflows knows of it: completion and hints. */
export function workflowLanguage(): Extension {
  return [json(), jsonLanguage.data.of({ autocomplete: complete }), hoverTooltip(hint, { hoverTime: 400 })]
}

/** What keeps the text from being JSON, in words, at its place. */
export async function syntaxProblems(text: Text): Promise<Diagnostic[]> {
  const [document, parsed] = read(text)
  const settings = { schemaValidation: 'ignore', comments: 'error', trailingCommas: 'error' } as const
  // With our schema at hand it does not ask for the one that the file names.
  const problems = await service.doValidation(document, parsed, settings, editorSchema)
  return problems.map(({ range, message, severity }) => ({
    from: document.offsetAt(range.start),
    to: document.offsetAt(range.end),
    severity: severity === 1 ? 'error' : 'warning',
    message: (typeof message === 'string' ? message : message.value).replace(/\.$/, ''),
  }))
}

function read(text: Text): [TextDocument, JSONDocument & { root: ASTNode | undefined }] {
  const document = TextDocument.create('driad:/workflow.json', 'json', 1, text.toString())
  return [document, service.parseJSONDocument(document)]
}

async function complete(context: CompletionContext): Promise<CompletionResult | null> {
  const { pos, explicit, state } = context
  if (state.doc.length > MAX_CHECKED_CHARS) return null
  // Unasked only inside a word or a quoted one: after a brace or a comma, Enter must stay Enter.
  if (!explicit && context.matchBefore(/["\w$]/) === null) return null
  const [document, parsed] = read(state.doc)
  const { root } = parsed
  // The file's own `$schema` may lead anywhere; there is one schema here, and nothing is fetched.
  if (root?.type === 'object') {
    const own = root.properties.filter(({ keyNode }) => keyNode.value !== '$schema')
    root.properties.splice(0, root.properties.length, ...own)
  }
  const list = await service.doComplete(document, document.positionAt(pos), parsed)
  if (list === null || list.items.length === 0 || context.aborted) return null
  const edit = list.items.find(({ textEdit }) => textEdit !== undefined)?.textEdit
  if (edit === undefined || !TextEdit.is(edit)) return null
  const from = document.offsetAt(edit.range.start)
  const end = document.offsetAt(edit.range.end)
  const isQuoted = state.sliceDoc(from, from + 1) === '"' && from < pos
  return {
    // The quote is replaced too, but a name is found by its letters.
    from: isQuoted ? from + 1 : from,
    validFor: /^[\w$.:-]*$/,
    options: list.items.map((item) => option(item, from, end - pos)),
  }
}

/** @param after How many characters behind the cursor are replaced as well: the closing quote. */
function option(item: CompletionItem, from: number, after: number): Completion {
  const text = (item.textEdit as TextEdit | undefined)?.newText ?? item.insertText ?? item.label
  const insert = snippet(snippetTemplate(text))
  const documentation =
    typeof item.documentation === 'string' ? item.documentation : item.documentation?.value
  return {
    label: item.label.replace(/^"(.*)"$/, '$1'),
    type: item.kind === 10 ? 'property' : 'value',
    ...(documentation !== undefined && documentation !== '' && { info: documentation }),
    apply: (view, completion, _from, to) => insert(view, completion, from, to + Math.max(0, after)),
  }
}

async function hint(view: EditorView, pos: number): Promise<Tooltip | null> {
  if (view.state.doc.length > MAX_CHECKED_CHARS || isFaulty(view.state, pos)) return null
  const [document, parsed] = read(view.state.doc)
  const found = parsed.getNodeFromOffset(pos)
  if (found === undefined || found.type === 'object' || found.type === 'array') return null
  const property = found.parent?.type === 'property' ? found.parent : undefined
  const value = property?.keyNode === found ? property.valueNode : found
  if (value === undefined) return null
  const matching = await service.getMatchingSchemas(document, parsed, editorSchema)
  const words = schemaWords(matching.filter(({ node }) => node === value).map(({ schema }) => schema))
  if (words === undefined) return null
  return {
    pos: found.offset,
    end: found.offset + found.length,
    above: true,
    create: () => {
      const dom = element('div', 'cm-hint')
      if (property !== undefined) dom.append(element('code', '', property.keyNode.value))
      dom.append(element('span', '', words.expected))
      if (words.description !== undefined) dom.append(element('p', '', words.description))
      return { dom }
    },
  }
}

/** A fault says itself what was expected. */
function isFaulty(state: EditorState, pos: number): boolean {
  let found = false
  forEachDiagnostic(state, (_, from, to) => {
    found ||= pos >= from && pos <= to
  })
  return found
}

function element(tag: string, className: string, text?: string): HTMLElement {
  const made = globalThis.document.createElement(tag)
  if (className !== '') made.className = className
  if (text !== undefined) made.textContent = text
  return made
}
