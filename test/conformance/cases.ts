import { readdirSync, readFileSync } from 'node:fs'
import type { FunctionCall } from '../../src/protocol/tools.ts'

/** What a scripted model answers with: a text, more of a result, a failure, or nothing until it is aborted. */
export type Answer =
  | string
  | { readonly text: string; readonly stopReason?: 'stop' | 'length' }
  | { readonly call: FunctionCall }
  | { readonly error: string }
  | { readonly hang: true }
  /** Cancels the run when it is asked for, then hangs. */
  | { readonly cancel: true }

/** One workflow, what the model answers, and what must come of it. */
export interface ConformanceCase {
  readonly name: string
  /** Ids of the rows in rows.json that it covers. */
  readonly rows: readonly string[]
  /** As a file has it; a string is the text itself, which need not be JSON. */
  readonly workflow: unknown
  readonly input?: string
  readonly seed?: number
  readonly temperature?: number
  /** Limits of the check other than the defaults. */
  readonly limits?: Readonly<Record<string, number>>
  readonly answers: readonly Answer[]
  /** Tools that are on, with what each answers or how it fails; `serper` also answers web searches. */
  readonly tools?: Readonly<Record<string, string | { readonly error: string }>>
  readonly expect: {
    readonly result?: string
    readonly error?: { readonly code: string; readonly paths?: readonly string[] }
    /** Paths of warnings. */
    readonly warnings?: readonly string[]
    /** The messages of each generation, in order. */
    readonly prompts?: readonly unknown[]
    /** Parts of each generation's request, in order. */
    readonly requests?: readonly Readonly<Record<string, unknown>>[]
    readonly steps?: number
    /** The calls that the node ran, in order. */
    readonly calls?: readonly FunctionCall[]
    /** That the generation's signal was aborted. */
    readonly aborted?: boolean
  }
}

export interface ConformanceRow {
  readonly id: string
  readonly row: string
}

export interface ConformanceSection {
  readonly name: string
  readonly rows: readonly ConformanceRow[]
}

export function readRows(): readonly ConformanceSection[] {
  return (readJson('rows.json') as { sections: ConformanceSection[] }).sections
}

/** All cases, by the file they are in. */
export function readCases(): ReadonlyMap<string, readonly ConformanceCase[]> {
  const files = readdirSync(import.meta.dirname).filter(
    (name) => name.endsWith('.json') && name !== 'rows.json',
  )
  return new Map(
    files
      .sort()
      .map((name) => [name.replace('.json', ''), (readJson(name) as { cases: ConformanceCase[] }).cases]),
  )
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(`${import.meta.dirname}/${name}`, 'utf8'))
}
