import { t } from '../../../locales/translate.ts'
import { type SwitchableTool, switchableTools } from '../../../protocol/tools.ts'
import type { ToolView } from '../../../protocol/views.ts'
import type { Tone } from '../../format/task-words.ts'

export function toolTitle(name: SwitchableTool): string {
  return t(`settings:tool.${name}.title`)
}

export function toolDoes(name: SwitchableTool): string {
  return t(`settings:tool.${name}.does`)
}

/** The tools whose words, or the group's, have what is searched for. */
export function findTools(search: string): readonly SwitchableTool[] {
  const wanted = search.trim().toLowerCase()
  return switchableTools.filter((name) => {
    const words = [t('settings:tools.title'), toolTitle(name), toolDoes(name), name]
    return words.join(' ').toLowerCase().includes(wanted)
  })
}

export function toolState({ enabled, available }: ToolView): { text: string; tone: Tone } {
  if (!enabled) return { text: t('settings:tools.state.off'), tone: 'neutral' }
  return available
    ? { text: t('settings:tools.state.on'), tone: 'earned' }
    : { text: t('settings:tools.state.needsKey'), tone: 'waiting' }
}
