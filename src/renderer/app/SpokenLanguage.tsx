import { useQuery } from '@tanstack/react-query'
import { Fragment, type ReactNode, useEffect, useState } from 'react'
import { closestLanguage, type Language, speak, spokenLanguage } from '../../locales/translate.ts'
import type { SettingsView } from '../../protocol/views.ts'
import { useTRPC } from '../api/client.ts'

/** Where the language of the last start is kept, as its settings come only after the first paint. */
const KEY = 'driad.language'

/** Speaks the language of the last start; to be waited for before the first paint. */
export async function speakAsBefore(): Promise<void> {
  await speakAloud(localStorage.getItem(KEY) ?? 'system')
}

/** Shows what is inside in the language that the settings name, and all of it anew when they name another one. */
export function SpokenLanguage({ children }: { readonly children: ReactNode }) {
  const settings: SettingsView | undefined = useQuery(useTRPC().settings.get.queryOptions()).data
  const wish = settings?.language
  const [spoken, setSpoken] = useState(spokenLanguage)
  useEffect(() => {
    if (wish === undefined) return
    let isWanted = true
    localStorage.setItem(KEY, wish)
    // A failure to read the words leaves the ones that are spoken.
    speakAloud(wish).then(
      (language) => isWanted && setSpoken(language),
      (cause: unknown) => console.error(cause),
    )
    return () => {
      isWanted = false
    }
  }, [wish])
  return <Fragment key={spoken}>{children}</Fragment>
}

async function speakAloud(wish: string): Promise<Language> {
  const language = closestLanguage(wish === 'system' ? navigator.languages : [wish])
  await speak(language)
  document.documentElement.lang = language
  return language
}
