// Every text, word and field name in this program's own code, apart from the window's and the SDK's. A diagnostics bundle may say these and no others:
// see src/node/diagnostics/program-texts.ts.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from '@swc/core'

const FOLDERS = ['api', 'cli', 'inference-child', 'main', 'node', 'protocol']
/** Longer ones are schemas and SQL, which no log line has. */
const MAX_TEXT = 400

/**
 * Texts are lists of what stands between their gaps: `The model ${name} is loaded` is `['The model ', ' is loaded']`.
 * @param {string} root of the clone
 * @returns {{ texts: string[][], words: string[], names: string[] }}
 */
export function programTexts(root) {
  /** @type {Map<string, string[]>} */
  const texts = new Map()
  /** @type {Set<string>} */
  const words = new Set()
  /** @type {Set<string>} */
  const names = new Set()
  for (const folder of FOLDERS) {
    for (const path of readdirSync(join(root, 'src', folder), { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts') || path.endsWith('.d.ts') || path.endsWith('.pb.ts')) continue
      visit(parseSync(readFileSync(join(root, 'src', folder, path), 'utf8'), { syntax: 'typescript' }))
    }
  }
  return {
    texts: [...texts.values()].sort((one, other) => (String(one) < String(other) ? -1 : 1)),
    words: [...words].sort(),
    names: [...names].sort(),
  }

  /** @param {any} node */
  function visit(node) {
    if (Array.isArray(node)) {
      for (const item of node) visit(item)
      return
    }
    if (node === null || typeof node !== 'object') return
    if (node.type === 'StringLiteral') add([node.value])
    else if (node.type === 'TemplateLiteral' && Array.isArray(node.quasis)) {
      add(node.quasis.map((/** @type {any} */ part) => part.cooked ?? part.raw))
    } else if (node.type === 'KeyValueProperty' && node.key?.type === 'Identifier') names.add(node.key.value)
    // `{ error }`
    if (node.type === 'ObjectExpression') {
      for (const property of node.properties) if (property.type === 'Identifier') names.add(property.value)
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'span') visit(value)
  }

  /** @param {string[]} parts */
  function add(parts) {
    const letters = parts.join('')
    if (letters.length > MAX_TEXT) return
    if (parts.length === 1 && /^[A-Za-z][\w:.-]{0,39}$/.test(letters)) words.add(letters)
    // Of gaps alone, or nearly so, anything could be.
    else if (/\s/.test(letters) && (letters.match(/\p{L}/gu)?.length ?? 0) >= 8)
      texts.set(parts.join('\0'), parts)
  }
}
