import { t } from '../../locales/translate.ts'
import type { ReachabilityLevel } from '../../protocol/network-views.ts'
import type { Tone } from './task-words.ts'

export interface ReachWords {
  readonly title: string
  readonly tone: Tone
  readonly meaning: string
}

const tones: Readonly<Record<ReachabilityLevel, Tone>> = {
  public: 'earned',
  'hole-punching': 'earned',
  relayed: 'waiting',
  outgoing: 'waiting',
  local: 'earned',
  'this-computer': 'waiting',
  offline: 'waiting',
}

/** The answer to "can others reach this computer?", in the words after "Reachable:". */
export function reachWords(level: ReachabilityLevel): ReachWords {
  return { title: t(`reach:${level}.title`), tone: tones[level], meaning: t(`reach:${level}.meaning`) }
}
