import { type SwitchableTool, switchableTools } from '../../../protocol/tools.ts'
import type { ToolView } from '../../../protocol/views.ts'
import type { Tone } from '../../format/task-words.ts'

export interface ToolWords {
  readonly title: string
  readonly does: string
}

export const toolWords: Readonly<Record<SwitchableTool, ToolWords>> = {
  browserless: {
    title: 'Browserless',
    does: 'Opens a web page in a real browser, at browserless.io or at a service of your own.',
  },
  jina: { title: 'Jina', does: 'Reads web pages as plain text, and searches the web.' },
  serper: { title: 'Serper', does: 'Searches the web with Google, by serper.dev.' },
  duckduckgo: { title: 'DuckDuckGo', does: 'Searches the web. Needs no account.' },
  stock: { title: 'Stock prices', does: 'Asks Yahoo Finance for the price of a share.' },
  scraper: { title: 'Web pages', does: 'Fetches a web page from this computer and reads its text.' },
  http_request: {
    title: 'Requests of their own',
    does: 'Lets workflows bring tools along that send GET and POST requests from this computer.',
  },
}

/** The tools whose words, or the group's, have what is searched for. */
export function findTools(search: string): readonly SwitchableTool[] {
  const wanted = search.trim().toLowerCase()
  return switchableTools.filter((name) => {
    const { title, does } = toolWords[name]
    return `tools ${title} ${does} ${name}`.toLowerCase().includes(wanted)
  })
}

export function toolState({ enabled, available }: ToolView): { text: string; tone: Tone } {
  if (!enabled) return { text: 'Off', tone: 'neutral' }
  return available ? { text: 'On', tone: 'earned' } : { text: 'Needs a key', tone: 'waiting' }
}
