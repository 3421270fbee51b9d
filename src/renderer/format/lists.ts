import { spokenLanguage } from '../../locales/translate.ts'

/** `a, b, c`: things of one kind side by side, as the language writes them. */
export function listed(items: readonly string[]): string {
  return new Intl.ListFormat(spokenLanguage(), { style: 'narrow' }).format(items)
}
