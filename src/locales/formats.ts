import { type Language, spokenLanguage } from './translate.ts'

/** A formatter of the language that is spoken when it is asked for. Making one is dear: each language's is made once. */
export function perLanguage<Formatter>(make: (language: Language) => Formatter): () => Formatter {
  const made = new Map<Language, Formatter>()
  return () => {
    const language = spokenLanguage()
    let formatter = made.get(language)
    if (formatter === undefined) {
      formatter = make(language)
      made.set(language, formatter)
    }
    return formatter
  }
}

/** Dates and times of day. In English the day comes before the month, and hours count to 24. */
export function dateFormat(options: Intl.DateTimeFormatOptions): () => Intl.DateTimeFormat {
  return perLanguage((language) => new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options))
}

export function numberFormat(options: Intl.NumberFormatOptions): () => Intl.NumberFormat {
  return perLanguage((language) => new Intl.NumberFormat(language, options))
}
