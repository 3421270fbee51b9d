import { localStorageColorSchemeManager, MantineProvider, MantineThemeProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Bridge } from '../api/bridge.ts'
import { createApiClient, createQueryClient, TRPCProvider } from '../api/client.ts'
import { NowProvider } from '../components/Now.tsx'
import { LogBufferProvider } from '../features/logs/LogBufferProvider.tsx'
import { AddFilesProvider } from '../features/models/files/AddFilesProvider.tsx'
import { TestSessionProvider } from '../features/test/TestSessionProvider.tsx'
import { DropFiles } from './DropFiles.tsx'
import { LiveUpdates } from './LiveUpdates.tsx'
import { Shell } from './Shell.tsx'
import { SpokenLanguage } from './SpokenLanguage.tsx'
import { ThemeSync } from './ThemeSync.tsx'
import { cssVariables, spokenTheme, theme } from './theme.ts'

export function App({ bridge }: { readonly bridge: Bridge }) {
  const [queryClient] = useState(createQueryClient)
  const [trpcClient] = useState(() => createApiClient(bridge))
  const [schemeManager] = useState(() => localStorageColorSchemeManager({ key: 'driad.theme' }))
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={schemeManager}
      defaultColorScheme="auto"
    >
      <Notifications position="bottom-right" limit={4} />
      <QueryClientProvider client={queryClient}>
        <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
          <LogBufferProvider>
            <TestSessionProvider>
              <NowProvider>
                <ThemeSync />
                <SpokenLanguage>
                  <SpokenTheme>
                    <LiveUpdates />
                    <AddFilesProvider>
                      <Shell />
                      <DropFiles />
                    </AddFilesProvider>
                  </SpokenTheme>
                </SpokenLanguage>
              </NowProvider>
            </TestSessionProvider>
          </LogBufferProvider>
        </TRPCProvider>
      </QueryClientProvider>
    </MantineProvider>
  )
}

function SpokenTheme({ children }: { readonly children: ReactNode }) {
  const [spoken] = useState(spokenTheme)
  return <MantineThemeProvider theme={spoken}>{children}</MantineThemeProvider>
}
