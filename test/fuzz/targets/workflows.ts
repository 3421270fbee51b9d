import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Template } from '../../../src/node/workflow/template.ts'
import { DriadError } from '../../../src/protocol/errors.ts'
import { readGrammar } from '../../../src/protocol/json-schema/read-grammar.ts'
import { schemaToGrammar } from '../../../src/protocol/json-schema/schema-grammar.ts'
import {
  compactJson,
  findJsonFault,
  memoryText,
  nestsDeeperThan,
} from '../../../src/protocol/workflow/json-text.ts'
import { inspectWorkflow } from '../../../src/protocol/workflow/parse.ts'
import { simpleWorkflow } from '../../../src/protocol/workflow/simple.ts'
import { allowing, bytesOf, type FuzzTarget, mustHold, textOf } from '../target.ts'

const isTyped = (error: unknown) => error instanceof DriadError
const examples = join(import.meta.dirname, '..', '..', 'conformance')

const workflows: FuzzTarget = {
  name: 'workflow',
  words: [
    'generation',
    'function_calling',
    'search',
    'check',
    'sample',
    '_end',
    '__result',
    'config',
    'tasks',
    'steps',
  ],
  seeds: () => [
    bytesOf(JSON.stringify(simpleWorkflow({ prompt: 'Hello {{name}}', maxTokens: 8 }))),
    ...conformanceWorkflows(),
  ],
  run: (input) => {
    const text = textOf(input)
    const { workflow, error } = inspectWorkflow(text)
    // What it was not made for is caught there; here it is a bug.
    if (error?.cause instanceof TypeError || error?.cause instanceof RangeError) throw error.cause
    mustHold((workflow === undefined) === (error !== undefined), 'a workflow is read, or it is said why not')
  },
}

/** Whole workflows out of the files that say how workflows run. */
function conformanceWorkflows(): Uint8Array[] {
  const found: Uint8Array[] = []
  for (const file of readdirSync(examples).filter((name) => name.endsWith('.json'))) {
    const cases = JSON.parse(readFileSync(join(examples, file), 'utf8')) as unknown
    for (const one of Object.values(cases as object).flat()) {
      const workflow = (one as { workflow?: unknown } | null)?.workflow
      if (typeof workflow === 'object') found.push(bytesOf(JSON.stringify(workflow)))
    }
  }
  return found.filter(({ length }) => length < 4_096).slice(0, 24)
}

const jsonTexts: FuzzTarget = {
  name: 'json-text',
  words: ['true', 'null', '1e5', '\\u0041', '[[', '{"a":'],
  seeds: () =>
    [' { "a" : [ 1, 2.5e3, "x\\n\\u00e9" ] , "b":null } ', '[[[]]]', '"text"', ' -0.1 ', 'tru', '{"a"'].map(
      bytesOf,
    ),
  run: (input) => {
    const text = textOf(input)
    const isJson = allowing(
      (error) => error instanceof SyntaxError,
      () => [JSON.parse(text) as unknown],
    )
    mustHold(
      (findJsonFault(text) === undefined) === (isJson !== undefined),
      'a fault is found where JSON.parse finds one',
    )
    nestsDeeperThan(text, 16)
    const memory = memoryText(text)
    mustHold(memoryText(memory) === memory, 'text that was made memory stays as it is')
    if (isJson === undefined) {
      mustHold(memory === text, 'text that is no JSON stays as it is')
      return
    }
    mustHold(
      JSON.stringify(JSON.parse(compactJson(text))) === JSON.stringify(isJson[0]),
      'compact JSON says the same',
    )
  },
}

const templates: FuzzTarget = {
  name: 'template',
  words: ['{{', '}}', '{a}', '{{a}}', '{{$&}}', '\\E', '(?:', 'a|b'],
  seeds: () => ['a\0Hello {a} and {{a}}, {b}', 'x.*\0{x.*} {{x', '$&\0{$&}'].map(bytesOf),
  run: (input) => {
    const [names = '', ...rest] = textOf(input).split('\0')
    const inputs = names.split(',').filter((name) => name !== '')
    const template = new Template(rest.join('\0'), inputs)
    const values = inputs.map((_, index) => `{${index}}`)
    const filled = template.fill(values)
    mustHold(filled.length === template.filledLength(values), 'the length is known before')
    if (inputs.length === 0)
      mustHold(filled === rest.join('\0'), 'nothing is filled where there are no inputs')
  },
}

const schemas: FuzzTarget = {
  name: 'json-schema',
  words: [
    'type',
    'object',
    'array',
    'anyOf',
    'oneOf',
    '$ref',
    '#/$defs/a',
    'properties',
    'required',
    'enum',
    'const',
    'minimum',
    'pattern',
    'format',
    'maxItems',
  ],
  seeds: () =>
    [
      {
        type: 'object',
        properties: {
          a: { type: 'string', minLength: 1 },
          b: { type: 'integer', minimum: -5, maximum: 1e6 },
        },
        required: ['a'],
      },
      { type: 'array', items: { enum: ['x', 'y', 1, null] }, minItems: 1, maxItems: 4 },
      {
        $defs: { a: { type: 'number', exclusiveMinimum: 0.5 } },
        anyOf: [{ $ref: '#/$defs/a' }, { const: 'none' }],
      },
      { type: 'string', format: 'date' },
    ].map((schema) => bytesOf(JSON.stringify(schema))),
  run: (input) => {
    const schema = allowing(
      (error) => error instanceof SyntaxError,
      () => [JSON.parse(textOf(input)) as unknown],
    )
    if (schema === undefined) return
    const grammar = allowing(isTyped, () => schemaToGrammar(schema[0]))
    // The decoder must understand whatever grammar comes of it.
    if (grammar !== undefined) readGrammar(grammar)
  },
}

export const workflowTargets: readonly FuzzTarget[] = [workflows, jsonTexts, templates, schemas]
