import type { SyntaxNode, Tree } from '@lezer/common'

export interface TextRange {
  readonly from: number
  readonly to: number
}

type PathPart = string | number

/** `tasks[2].inputs[0]` as `['tasks', 2, 'inputs', 0]`; undefined for what is no path, as a quoted key cut short. */
export function pathParts(path: string): readonly PathPart[] | undefined {
  const parts: PathPart[] = []
  const part = /\.?([A-Za-z_$][\w$]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y
  while (part.lastIndex < path.length) {
    const match = part.exec(path)
    if (match === null) return undefined
    const [, name, index, quoted] = match
    if (name !== undefined) parts.push(name)
    else if (index !== undefined) parts.push(Number(index))
    else parts.push(JSON.parse(quoted ?? '""') as string)
  }
  return parts
}

/**
 * Where a JSON path stands in the text. A value in full where it is small; of an object or list the name that it has,
 * or its first line. What is not there is shown at the nearest thing around it that is.
 *
 * @param tree The syntax tree of `text`, by CodeMirror's JSON grammar.
 */
export function issueRange(text: string, tree: Tree, path: string): TextRange {
  let value = valueIn(tree.topNode)
  let name: SyntaxNode | undefined
  for (const part of pathParts(path) ?? []) {
    if (value === undefined) break
    const next: { value: SyntaxNode; name?: SyntaxNode } | undefined =
      typeof part === 'number' ? itemAt(value, part) : propertyOf(text, value, part)
    if (next === undefined) return rangeOf(text, value, name)
    value = next.value
    name = next.name
  }
  return value === undefined ? firstLine(text, 0, text.length) : rangeOf(text, value, name)
}

function rangeOf(text: string, value: SyntaxNode, name: SyntaxNode | undefined): TextRange {
  if (value.name !== 'Object' && value.name !== 'Array') return value
  return name ?? firstLine(text, value.from, value.to)
}

function firstLine(text: string, from: number, to: number): TextRange {
  const end = text.indexOf('\n', from)
  return { from, to: end === -1 ? to : Math.min(end, to) }
}

const valueNames = new Set(['Object', 'Array', 'String', 'Number', 'True', 'False', 'Null'])

function valueIn(node: SyntaxNode): SyntaxNode | undefined {
  for (let child = node.firstChild; child !== null; child = child.nextSibling) {
    if (valueNames.has(child.name)) return child
  }
  return undefined
}

function itemAt(list: SyntaxNode, index: number): { value: SyntaxNode } | undefined {
  if (list.name !== 'Array') return undefined
  let at = 0
  for (let child = list.firstChild; child !== null; child = child.nextSibling) {
    if (!valueNames.has(child.name)) continue
    if (at === index) return { value: child }
    at += 1
  }
  return undefined
}

/** The last one of that name, which is the one that JSON.parse takes. */
function propertyOf(
  text: string,
  object: SyntaxNode,
  key: string,
): { value: SyntaxNode; name: SyntaxNode } | undefined {
  if (object.name !== 'Object') return undefined
  for (let child = object.lastChild; child !== null; child = child.prevSibling) {
    const name = child.name === 'Property' ? child.getChild('PropertyName') : null
    if (name === null || keyText(text.slice(name.from, name.to)) !== key) continue
    const value = valueIn(child)
    if (value !== undefined) return { value, name }
  }
  return undefined
}

function keyText(quoted: string): string | undefined {
  try {
    return JSON.parse(quoted) as string
  } catch {
    return undefined
  }
}
