#!/usr/bin/env node
// `npm run words`: every word of the window stands in src/locales, in every language, with the same placeholders, and is used.
// With `--count`, says how many texts outside of it each file has.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from '@swc/core'
import { root } from '../setup/paths.mjs'

/** @typedef {{ type?: string, span?: { start: number } } & Record<string, any>} Node */

/** Where words still stand in the code. To be emptied. */
const UNCONVERTED = [
  'src/renderer/features/logs/',
  'src/renderer/features/models/',
  'src/renderer/features/overview/',
  'src/renderer/features/settings/',
]
const LANGUAGES = ['en', 'de', 'es', 'tr', 'zh']
const PLURAL = /_(zero|one|two|few|many|other)$/

process.chdir(root)
/** @type {string[]} */
const problems = []

const words = new Map(LANGUAGES.map((language) => [language, readWords(language)]))
const english = words.get('en') ?? new Map()
for (const language of LANGUAGES) compare(language, words.get(language) ?? new Map())

/** Patterns of the keys that the code asks for. @type {RegExp[]} */
const asked = []
/** @type {Map<string, number>} */
const strays = new Map()
for (const path of globSync('src/{locales,main,renderer,cli}/**/*.{ts,tsx}')) {
  if (!path.endsWith('.d.ts')) readSource(path)
}
for (const key of new Set([...english.keys()].map((key) => key.replace(PLURAL, '')))) {
  if (!asked.some((pattern) => pattern.test(key))) problems.push(`${key}: nothing asks for these words`)
}

if (process.argv.includes('--count')) {
  for (const [path, count] of [...strays].sort((a, b) => b[1] - a[1])) console.log(`${count}\t${path}`)
}
for (const problem of problems) console.error(problem)
console.log(`${english.size} texts in ${LANGUAGES.length} languages, ${problems.length} problems`)
process.exitCode = problems.length > 0 ? 1 : 0

/** @param {string} language */
function readWords(language) {
  /** @type {Map<string, string>} */
  const found = new Map()
  for (const path of globSync(`src/locales/${language}/*.json`)) {
    const namespace = path.replace(/^.*[/\\]/, '').replace('.json', '')
    flatten(JSON.parse(readFileSync(path, 'utf8')), `${namespace}:`, found)
  }
  return found
}

/** @param {Record<string, any>} tree @param {string} prefix @param {Map<string, string>} into */
function flatten(tree, prefix, into) {
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === 'string') into.set(prefix + name, value)
    else flatten(value, `${prefix}${name}.`, into)
  }
}

/** @param {string} language @param {Map<string, string>} its */
function compare(language, its) {
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories
  /** @type {Set<string>} */
  const expected = new Set()
  for (const key of english.keys()) {
    if (!PLURAL.test(key)) expected.add(key)
    else for (const category of categories) expected.add(key.replace(PLURAL, `_${category}`))
  }
  for (const key of expected) {
    const text = its.get(key)
    const model = english.get(key) ?? english.get(key.replace(PLURAL, '_other')) ?? ''
    if (text === undefined || text.trim() === '') problems.push(`${language} ${key}: no words`)
    else if (placeholders(text) !== placeholders(model))
      problems.push(`${language} ${key}: other placeholders than in English (${placeholders(model)})`)
  }
  for (const key of its.keys())
    if (!expected.has(key)) problems.push(`${language} ${key}: not among the English words`)
}

/** Names in braces and elements in brackets. A form for one thing may leave its number out. @param {string} text */
function placeholders(text) {
  const names = [...text.matchAll(/\{\{\s*([\w.]+)[^}]*\}\}|<\/?(\w+)\s*\/?>/g)].map(
    (match) => match[1] ?? `<${match[2]}>`,
  )
  return [...new Set(names)]
    .filter((name) => name !== 'count')
    .sort()
    .join(' ')
}

/** @param {string} path */
function readSource(path) {
  const text = readFileSync(path, 'utf8')
  const lines = text.split('\n')
  const tree = /** @type {Node} */ (
    /** @type {unknown} */ (parseSync(text, { syntax: 'typescript', tsx: path.endsWith('.tsx') }))
  )
  // Positions count on from one parsed file to the next, and in bytes.
  const bytes = Buffer.from(text)
  const first = tree.span?.start ?? 0
  const offset = first - Math.max(0, leadingBytes(text))
  const lineOf = (/** @type {Node} */ node) =>
    bytes
      .subarray(0, Math.max(0, (node.span?.start ?? first) - offset))
      .toString()
      .split('\n').length
  // A file of styles or code says so: `// No words: why`.
  const isWindow = path.startsWith(join('src', 'renderer')) && !/^\/\/ No words: /m.test(text)
  const report = (/** @type {Node} */ node, /** @type {string} */ what) =>
    problems.push(`${path}:${lineOf(node)}: ${what}`)
  const stray = (/** @type {Node} */ node, /** @type {string} */ shown) => {
    const line = lineOf(node)
    if (lines[line - 1]?.includes('// not words') || lines[line - 2]?.trim() === '// not words') return
    strays.set(path, (strays.get(path) ?? 0) + 1)
    if (!UNCONVERTED.some((folder) => path.startsWith(folder)))
      report(node, `words outside of src/locales: ${JSON.stringify(shown.trim().slice(0, 60))}`)
  }
  visit(tree, { depth: 0, exempt: false })

  /** @param {any} node @param {{ depth: number, exempt: boolean }} at */
  function visit(node, at) {
    if (Array.isArray(node)) {
      for (const item of node) visit(item, at)
      return
    }
    if (node === null || typeof node !== 'object') return
    const inside = { ...at }
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'TsTypeAnnotation':
      case 'TsTypeAliasDeclaration':
      case 'TsInterfaceDeclaration':
      case 'TsLiteralType':
        return
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
      case 'ClassMethod':
      case 'PrivateMethod':
      case 'MethodProperty':
      case 'GetterProperty':
      case 'Constructor':
        inside.depth += 1
        break
      case 'KeyValueProperty':
        visit(node.value, at)
        return
      case 'CallExpression': {
        const name = calleeName(node.callee)
        if (name === 't') {
          if (at.depth === 0) report(node, 'words are asked for while the module loads')
          ask(node.arguments[0]?.expression)
        }
        if (name === 't' || /^(console|querySelector|matchMedia|getComputedStyle|logger)/.test(name))
          inside.exempt = true
        break
      }
      case 'NewExpression':
        if (/Error$|^(RegExp|Intl|DateTimeFormat|NumberFormat|ListFormat)/.test(calleeName(node.callee)))
          inside.exempt = true
        break
      case 'JSXText':
        if (isWindow && /\p{L}{2}/u.test(node.value)) stray(node, node.value)
        return
      case 'JSXAttribute': {
        const name = node.name?.value ?? ''
        if (name === 'i18nKey') ask(node.value?.expression ?? node.value)
        if (
          /^(className|style|styles|classNames|key|id|href|d|viewBox|transform|points|i18nKey|data-.*)$/.test(
            name,
          )
        )
          inside.exempt = true
        else if (
          isWindow &&
          node.value?.type === 'StringLiteral' &&
          /^(label|title|placeholder|aria-label|description|alt|unit|message|suffix|prefix)$/.test(name) &&
          /\p{L}{2}/u.test(node.value.value)
        ) {
          stray(node, node.value.value)
          return
        }
        break
      }
      case 'StringLiteral':
        if (isWindow && !at.exempt && isSentence(node.value)) stray(node, node.value)
        return
      case 'TemplateElement':
        if (isWindow && !at.exempt && isSentence(node.raw)) stray(node, node.raw)
        return
    }
    for (const [name, child] of Object.entries(node)) if (name !== 'span') visit(child, inside)
  }

  /** The keys that an argument of `t` can be. @param {Node | undefined} expression */
  function ask(expression) {
    switch (expression?.type) {
      case 'StringLiteral':
        asked.push(exactly(expression.value))
        break
      case 'TemplateLiteral':
        asked.push(
          new RegExp(
            `^${expression.quasis.map((/** @type {Node} */ part) => escaped(part.raw)).join('.+')}$`,
          ),
        )
        break
      case 'ConditionalExpression':
        ask(expression.consequent)
        ask(expression.alternate)
        break
      case 'ParenthesisExpression':
      case 'TsAsExpression':
      case 'TsConstAssertion':
        ask(expression.expression)
        break
      default:
        if (expression !== undefined)
          report(expression, 'write the key as a text or a template, so that it can be looked up')
    }
  }
}

/** @param {string} key */
function exactly(key) {
  return new RegExp(`^${escaped(key.includes(':') ? key : `common:${key}`)}$`)
}

/** Two words in a row: nothing but people read that. @param {string} text */
function isSentence(text) {
  return /\p{L}{2,}[,:.…]? \p{L}{2,}/u.test(text) && !/^[\w-]+( [\w-]*[-\d][\w-]*)+$/.test(text)
}

/** @param {Node} callee @returns {string} */
function calleeName(callee) {
  if (callee?.type === 'Identifier') return callee.value
  if (callee?.type === 'MemberExpression') {
    const object = callee.object?.type === 'Identifier' ? callee.object.value : ''
    return /^(console|logger|Intl)$/.test(object) ? object : (callee.property?.value ?? '')
  }
  return ''
}

/** The span of a module begins at its first token. @param {string} text */
function leadingBytes(text) {
  const match = /^(?:\s+|\/\/[^\n]*\n|\/\*[\s\S]*?\*\/)*/.exec(text)
  return Buffer.byteLength(match?.[0] ?? '')
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
