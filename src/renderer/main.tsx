import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { pageBridge } from './api/bridge.ts'
import { App } from './app/App.tsx'
import { speakAsBefore } from './app/SpokenLanguage.tsx'
import './app/global.css'

const root = document.getElementById('root')
const bridge = pageBridge()

if (root !== null && bridge !== undefined) {
  await speakAsBefore().catch((cause: unknown) => console.error(cause)) // English is always there
  createRoot(root).render(
    <StrictMode>
      <App bridge={bridge} />
    </StrictMode>,
  )
} else if (root !== null) {
  root.textContent = 'This page is a part of the Driad program and does nothing on its own.'
}
