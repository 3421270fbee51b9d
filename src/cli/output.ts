import type { DriadError, DriadErrorCode } from '../protocol/errors.ts'

/** What scripts rely on: 0 done, 1 the task or operation failed, 2 bad usage or invalid input. */
export const exitCodes = { done: 0, failed: 1, badInput: 2 } as const
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

const inputCodes: ReadonlySet<DriadErrorCode> = new Set([
  'bad_usage',
  'bad_workflow',
  'bad_setting',
  'bad_offer',
  'too_large',
  'operator_unavailable',
  'tool_unavailable',
  'model_not_found',
  'model_invalid',
  'catalogue_invalid',
  'backup_invalid',
  'wrong_passphrase',
])

export function exitCodeOf(error: DriadError): ExitCode {
  return inputCodes.has(error.code) ? exitCodes.badInput : exitCodes.failed
}

/**
 * Results go to stdout, everything else to stderr. With `json`, stdout is one JSON value a line and nothing else.
 */
export interface Output {
  readonly json: boolean
  /** The command's result: `value` as JSON, or `text` for people. */
  result(value: unknown, text: string): void
  /** One of many results, as a line of JSON, with `json` or without. */
  line(value: unknown): void
  /** Progress, on stderr: the id of a task, say, that is still known when this process is killed. */
  note(text: string): void
  /** Says what went wrong; with `json` also on stdout, so that a script has it. */
  failure(error: DriadError): void
}

export interface OutputStreams {
  readonly stdout: NodeJS.WritableStream
  readonly stderr: NodeJS.WritableStream
}

export function createOutput(json: boolean, { stdout, stderr }: OutputStreams = process): Output {
  return {
    json,
    result: (value, text) => {
      if (json) stdout.write(`${toJson(value)}\n`)
      else if (text !== '') stdout.write(text.endsWith('\n') ? text : `${text}\n`)
    },
    line: (value) => {
      stdout.write(`${toJson(value)}\n`)
    },
    note: (text) => {
      stderr.write(`${text}\n`)
    },
    failure: (error) => {
      stderr.write(`${describeError(error)}\n`)
      if (json) stdout.write(`${toJson({ error: errorJson(error) })}\n`)
    },
  }
}

/** One line of JSON. Money (bigint) is written as an integer with all its digits, never rounded to a float. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    typeof field === 'bigint' ? rawJson(String(field)) : field,
  )
}

/** In V8 since 11.4; TypeScript's library does not know it yet. */
const { rawJSON: rawJson } = JSON as unknown as { rawJSON: (text: string) => unknown }

export function errorJson(error: DriadError) {
  return {
    code: error.code,
    message: error.message,
    ...(error.issues.length > 0 && { issues: error.issues }),
  }
}

export function describeError(error: DriadError): string {
  // Some messages name their issues themselves, for those who are shown nothing else.
  const untold = error.issues.filter(
    ({ path, expected }) => !error.message.includes(`${path}: expected ${expected}`),
  )
  const lines = untold.map(
    (issue) =>
      `  ${issue.path === '' ? 'the whole' : issue.path}: expected ${issue.expected}${issue.found === undefined ? '' : `, found ${issue.found}`}`,
  )
  return [`driad: ${error.message} (${error.code})`, ...lines].join('\n')
}
