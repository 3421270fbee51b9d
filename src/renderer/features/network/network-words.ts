import type {
  ClockView,
  OfferTopicView,
  ReachabilityLevel,
  ReachabilityView,
} from '../../../protocol/network-views.ts'
import { bytes, count, plural } from '../../format/numbers.ts'
import type { Tone } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'

/** The answer to "can others reach this computer?", in the words after "Reachable:". */
export const levelWords: Readonly<
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
  offline: {
    title: 'Nobody is connected',
    tone: 'waiting',
    meaning: 'Without other computers no task comes in. They are looked for all the time.',
  },
}

export const natWords: Readonly<Record<ReachabilityView['nat'], string>> = {
  none: 'none in between',
  'one-port': 'lets direct connections through',
  'port-per-peer': 'keeps direct connections out',
  unknown: 'not known yet',
}

/** `right, by 5 peers`, `2 min 04 s ahead of 5 peers`. */
export function clockWords(clock: ClockView | undefined): string {
  if (clock === undefined) return 'not compared yet'
  const size = Math.abs(clock.aheadMs)
  const others = plural(clock.peers, 'peer')
  if (!clock.wrong) return `right, by ${others}`
  return `${duration(size)} ${clock.aheadMs > 0 ? 'ahead of' : 'behind'} ${others}`
}

/** `12.4 kB/s`; what is hardly anything is 0. */
export function byteRate(bytesPerSecond: number): string {
  return `${bytes(Math.round(bytesPerSecond))}/s`
}

/** `All of them`, `part 3 of 8`. */
export function shareWords({ parts, part }: Pick<OfferTopicView, 'parts' | 'part'>): string {
  return parts === 1 ? 'All of them' : `Part ${count(part)} of ${count(parts)}`
}
