import { healthSentence } from '../locales/words/health-words.ts'
import type { HealthCheckView, HealthMend, HealthState } from '../protocol/health-views.ts'

const signs: Readonly<Record<HealthState, string>> = { good: 'ok', attention: '!', bad: '!!', unknown: '?' }

/** One check for a terminal, with the command that mends it where there is one. */
export function checkText(check: HealthCheckView): string {
  const line = `${signs[check.state].padEnd(3)} ${healthSentence(check)}`
  const command = check.mends.map(commandOf).find((text) => text !== undefined)
  return command === undefined ? line : `${line}\n      → ${command}`
}

/** The command that does the same as the button in the window. */
function commandOf(mend: HealthMend): string | undefined {
  switch (mend.act) {
    case 'join':
      return 'driad start'
    case 'probe_devices':
      return 'driad devices --probe'
    case 'pull_model':
      return `driad models remove ${mend.name} && driad models pull ${mend.name}`
    case 'retry_download':
      return 'driad models pulls'
    case 'clean_partials':
      return 'driad models disk --clean'
    case 'open':
      return mend.place === 'overview/first-run/key' ? 'driad identity backup FILE' : undefined
    default:
      return undefined
  }
}
