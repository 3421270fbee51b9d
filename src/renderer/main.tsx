import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { t } from '../locales/translate.ts'
import { pageBridge } from './api/bridge.ts'
import { App } from './app/App.tsx'
import { speakAsBefore } from './app/SpokenLanguage.tsx'
import './app/global.css'

const root = document.getElementById('root')
const bridge = pageBridge()

async function start(): Promise<void> {
  await speakAsBefore().catch((cause: unknown) => console.error(cause)) // English is always there
  if (root !== null && bridge !== undefined) {
    createRoot(root).render(
      <StrictMode>
        <App bridge={bridge} />
      </StrictMode>,
    )
  } else if (root !== null) {
    root.textContent = t('shell:notOnItsOwn')
  }
}

void start()
