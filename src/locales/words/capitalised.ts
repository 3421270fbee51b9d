import { spokenLanguage } from '../translate.ts'

/** With a large first letter, for words that begin a sentence here and end one there. */
export function capitalised(words: string): string {
  return words.charAt(0).toLocaleUpperCase(spokenLanguage()) + words.slice(1)
}
