import { type Command, Option } from 'commander'
import { existingDataFolder } from '../../node/data-folder.ts'
import { openSettings } from '../../node/settings/settings.ts'
import { isFolderHeld } from '../../node/store/folder-lock.ts'
import { openStore } from '../../node/store/open-store.ts'
import { DriadError } from '../../protocol/errors.ts'
import {
  LONGEST_PAUSE_MS,
  nextTimeOfDay,
  parseLength,
  parseTimeOfDay,
  tomorrowMorning,
} from '../../protocol/guest/pause-times.ts'
import type { OperatorWish } from '../../protocol/guest/pause-views.ts'
import { dataDirOption } from '../options.ts'
import type { CommandContext } from '../program.ts'
import { wishText } from '../wish-text.ts'

interface PauseFlags {
  readonly dataDir?: string
  readonly for?: string
  readonly until?: string
  readonly json?: boolean
}

/** `driad pause` and `driad resume`. A running node takes it over within a second, the next one when it starts. */
export function addPauseCommands(program: Command, context: CommandContext): void {
  program
    .command('pause')
    .description('take no tasks; those that run are finished')
    .addOption(new Option('--for <length>', 'as long as 45m, 1h or 2d').conflicts('until'))
    .option('--until <time>', 'until 18:00, tomorrow, or a date such as 2026-12-24T18:00')
    .addOption(dataDirOption())
    .action(async (flags: PauseFlags) => {
      const nowMs = Date.now()
      const untilMs = endOf(flags, nowMs)
      await wish(flags, context, { act: 'pause', ...(untilMs !== undefined && { untilMs }) }, nowMs)
    })
  program
    .command('resume')
    .description('take tasks again, as far as the rules in the settings allow')
    .addOption(
      new Option('--anyway-for <length>', 'take tasks in spite of the rules, as long as 45m, 1h or 2d'),
    )
    .addOption(dataDirOption())
    .action(async (flags: PauseFlags & { readonly anywayFor?: string }) => {
      const nowMs = Date.now()
      if (flags.anywayFor === undefined) {
        await wish(flags, context, { act: 'rules' }, nowMs)
        return
      }
      const untilMs = nowMs + lengthOf('--anyway-for', flags.anywayFor)
      await wish(flags, context, { act: 'serve', untilMs }, nowMs)
    })
}

async function wish(
  flags: PauseFlags,
  context: CommandContext,
  operatorWish: OperatorWish,
  nowMs: number,
): Promise<void> {
  const folder = existingDataFolder(flags.dataDir)
  const store = openStore({ path: folder.databasePath })
  try {
    await openSettings({ store }).set({ operatorWish })
  } finally {
    await store.close()
  }
  const when = isFolderHeld(folder.nodeLockPath) ? '' : '; it holds from the next start of the node'
  context.output(flags).result({ operatorWish }, `${wishText(operatorWish, nowMs) ?? 'Resumed'}${when}`)
}

/** Undefined where it has no end. Throws `bad_usage`. */
function endOf(flags: PauseFlags, nowMs: number): number | undefined {
  if (flags.for !== undefined) return nowMs + lengthOf('--for', flags.for)
  if (flags.until === undefined) return undefined
  const time = parseTimeOfDay(flags.until)
  if (time !== undefined) return nextTimeOfDay(nowMs, time.hour, time.minute)
  const untilMs = flags.until === 'tomorrow' ? tomorrowMorning(nowMs) : Date.parse(flags.until)
  if (untilMs > nowMs && untilMs - nowMs <= LONGEST_PAUSE_MS) return untilMs
  throw new DriadError(
    'bad_usage',
    `--until takes a time such as 18:00, tomorrow, or a date to come within a year, not ${flags.until}`,
  )
}

function lengthOf(flag: string, text: string): number {
  const lengthMs = parseLength(text)
  if (lengthMs !== undefined) return lengthMs
  throw new DriadError(
    'bad_usage',
    `${flag} takes a length such as 45m, 1h or 2d, at most a year, not ${text}`,
  )
}
