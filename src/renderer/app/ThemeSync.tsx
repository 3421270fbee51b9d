import { useMantineColorScheme } from '@mantine/core'
import { useEffect } from 'react'
import { useTheme } from './use-theme.ts'

/** Shows the theme that the settings name. Mantine remembers it for the first paint of the next start. */
export function ThemeSync() {
  const { theme } = useTheme()
  const { setColorScheme } = useMantineColorScheme()

  useEffect(() => {
    if (theme !== undefined) setColorScheme(theme === 'system' ? 'auto' : theme)
  }, [theme, setColorScheme])

  return null
}
