import { z } from 'zod'
import { modelNameSchema } from '../wire/checks.ts'
import { isGroupName, modelGroups } from './groups.ts'
import { PATTERN_LENGTH, STARS_PER_PATTERN } from './limits.ts'

const groupSchema = z
  .string()
  .max(PATTERN_LENGTH)
  .refine(
    (text) => modelGroups.some((group) => text === `@${group}`),
    `a group of models: ${modelGroups.map((group) => `@${group}`).join(', ')}`,
  )

const wildcardSchema = z
  .string()
  .max(PATTERN_LENGTH)
  .regex(/^[A-Za-z0-9._:/@+*-]+$/, 'a wildcard: letters, digits and . _ : / @ + - with * for any of them')
  .refine((text) => text.split('*').length - 1 <= STARS_PER_PATTERN, `at most ${STARS_PER_PATTERN} *`)

export function isWildcard(text: string): boolean {
  return text.includes('*')
}

/** What a task may write in its set of models: a name, an alias, a group (`@small`) or a wildcard (`llama3.1:*`). */
export const modelPatternSchema = z.string().check((context) => {
  const text = context.value
  const schema = isGroupName(text) ? groupSchema : isWildcard(text) ? wildcardSchema : modelNameSchema
  const { success, error } = schema.safeParse(text)
  if (success) return
  const message = error.issues[0]?.message ?? 'a model'
  context.issues.push({ code: 'custom', message, input: text })
})

/** Whether the text is of the form, `*` standing for any characters, also none. Case does not matter. Linear in the text. */
export function matchesWildcard(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split('*')
  const lower = text.toLowerCase()
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return lower === first
  if (!lower.startsWith(first) || lower.length < first.length + last.length) return false
  let at = first.length
  const end = lower.length - last.length
  if (lower.slice(end) !== last) return false
  for (const part of parts.slice(1, -1)) {
    const found = lower.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}
