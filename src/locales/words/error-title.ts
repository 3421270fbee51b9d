import type errors from '../en/errors.json'
import { i18n, t } from '../translate.ts'

/** Codes whose errors have words of their own. */
export type WordedCode = Exclude<keyof typeof errors, 'unknown'>

export function isWorded(code: string | undefined): code is WordedCode {
  return code !== undefined && i18n.exists(`errors:${code}.title`)
}

/** A failure in a few words; its code where there are none. */
export function errorTitle(code: string): string {
  return isWorded(code) ? t(`errors:${code}.title`) : code
}
