import type { ReachabilityLevel } from '../../protocol/network-views.ts'
import type { Tone } from './task-words.ts'

/** The answer to "can others reach this computer?", in the words after "Reachable:". */
export const reachWords: Readonly<
  Record<ReachabilityLevel, { readonly title: string; readonly tone: Tone; readonly meaning: string }>
> = {
  public: {
    title: 'Directly',
    tone: 'earned',
    meaning: 'Others connect straight to this computer. Nothing to do.',
  },
  'hole-punching': {
    title: 'Through your router',
    tone: 'earned',
    meaning: 'Others find this computer over a relay, then connect directly where both routers allow it.',
  },
  relayed: {
    title: 'Over a relay',
    tone: 'waiting',
    meaning: 'Others reach this computer over a relay. You earn, a little more slowly.',
  },
  outgoing: {
    title: 'Not from outside',
    tone: 'waiting',
    meaning: 'Nobody can call this computer. You earn from requesters that it reaches itself.',
  },
  local: {
    title: 'In your local network',
    tone: 'earned',
    meaning: 'Computers in your own network reach this one, and this network has no others.',
  },
  'this-computer': {
    title: 'Only here',
    tone: 'waiting',
    meaning: 'Only programs on this computer can call it. Others are still reached by calling them.',
  },
  offline: {
    title: 'Nobody is connected',
    tone: 'waiting',
    meaning: 'Without other computers no task comes in. They are looked for all the time.',
  },
}
