import { t } from '../../locales/translate.ts'
import { type DriadErrorCode, type InputIssue, isDriadErrorCode } from '../../protocol/errors.ts'

/** What a failed call tells a person: the code for what it means, the message for what happened. */
export interface Failure {
  readonly code?: DriadErrorCode
  readonly message: string
  readonly issues: readonly InputIssue[]
}

/** Reads an error of the tRPC client; anything else keeps its message. */
export function readFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  const data = (error as { data?: { driadCode?: unknown; issues?: unknown } } | null | undefined)?.data
  const code =
    typeof data?.driadCode === 'string' && isDriadErrorCode(data.driadCode) ? data.driadCode : undefined
  const issues = Array.isArray(data?.issues) ? (data.issues as InputIssue[]) : []
  if (code !== undefined || issues.length > 0) return { code, message, issues }
  const refused = readSchemaIssues(message)
  return refused === undefined
    ? { message, issues }
    : { message: t('components:failure.notValid'), issues: refused }
}

/** A procedure's input check puts its issues into the message as JSON. */
function readSchemaIssues(message: string): InputIssue[] | undefined {
  if (!message.startsWith('[')) return undefined
  try {
    const issues = JSON.parse(message) as { path?: readonly (string | number)[]; message?: string }[]
    return issues.map((issue) => ({
      path: issue.path?.join('.') ?? '',
      expected: issue.message ?? t('components:failure.anotherValue'),
    }))
  } catch {
    return undefined
  }
}
