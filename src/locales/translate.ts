import { createInstance, type ResourceLanguage } from 'i18next'
import en from './en/index.ts'

/** The languages of the window and the tray, each by its own name. */
export const languageNames = {
  en: 'English',
  de: 'Deutsch',
  es: 'Español',
  tr: 'Türkçe',
  zh: '简体中文',
} as const

export type Language = keyof typeof languageNames

export const languages = Object.keys(languageNames) as readonly Language[]

const loaders: Readonly<
  Record<Exclude<Language, 'en'>, () => Promise<{ readonly default: ResourceLanguage }>>
> = {
  de: () => import('./de/index.ts'),
  es: () => import('./es/index.ts'),
  tr: () => import('./tr/index.ts'),
  zh: () => import('./zh/index.ts'),
}

const i18n = createInstance({
  lng: 'en',
  fallbackLng: 'en',
  resources: { en },
  ns: Object.keys(en),
  defaultNS: 'common',
  // React escapes, and menus and terminals show text as it is.
  interpolation: { escapeValue: false },
  initAsync: false,
})
void i18n.init()

/**
 * The words of a key, `models:card.unload`, in the language that is spoken. Ask for them when they are shown, never while a
 * module loads: the language is not known by then.
 */
export const t = i18n.t

/** For `Trans`, where a sentence holds elements. */
export { i18n }

/** The language that `t` speaks, also for `Intl`. */
export function spokenLanguage(): Language {
  return i18n.language as Language
}

/** Loads the words of a language, and speaks it from then on. */
export async function speak(language: Language): Promise<void> {
  if (language !== 'en' && !i18n.hasResourceBundle(language, 'common')) {
    const { default: namespaces } = await loaders[language]()
    for (const [namespace, words] of Object.entries(namespaces))
      i18n.addResourceBundle(language, namespace, words)
  }
  await i18n.changeLanguage(language)
}

/** The first of the wished languages (BCP 47, most wanted first) that there are words in; English where there is none. */
export function closestLanguage(wished: readonly string[]): Language {
  for (const tag of wished) {
    const primary = tag.toLowerCase().split(/[-_]/)[0]
    const found = languages.find((language) => language === primary)
    if (found !== undefined) return found
  }
  return 'en'
}
