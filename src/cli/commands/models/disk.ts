import type { Command } from 'commander'
import type { LogLevel } from '../../../node/logs/log-line.ts'
import type { DiskUseView, LeftoverView } from '../../../protocol/local-model-views.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import type { ModelFlags } from './model-rows.ts'
import { megabytes } from './model-text.ts'
import { withLocalModels } from './with-local-models.ts'

interface DiskFlags extends ModelFlags {
  readonly logLevel?: LogLevel
  readonly clean?: boolean
}

export function addDiskCommand(models: Command, context: CommandContext): void {
  models
    .command('disk')
    .description('show what models take of the disk, and files that no model needs any more')
    .option('--clean', 'delete the files that no model needs from the folder of downloaded models')
    .addOption(dataDirOption())
    .action(async (flags: DiskFlags) => {
      await withLocalModels(flags, async (local) => {
        const cleaned = flags.clean === true ? await local.cleanLeftovers() : undefined
        const use = await local.diskUse()
        const leftovers = await local.leftovers()
        context
          .output(flags)
          .result(
            { ...use, leftovers, ...(cleaned !== undefined && { cleaned }) },
            diskText(use, leftovers, cleaned),
          )
      })
    })
}

function diskText(
  use: DiskUseView,
  leftovers: readonly LeftoverView[],
  cleaned: readonly LeftoverView[] | undefined,
): string {
  const free = use.freeBytes === undefined ? [] : [`free on this disk   ${megabytes(use.freeBytes)}`]
  return [
    ...(cleaned ?? []).map(({ path, sizeBytes }) => `deleted ${path}: ${megabytes(sizeBytes)}`),
    `downloaded models   ${megabytes(use.ownBytes)} in ${use.modelsFolder}`,
    `used where they are ${megabytes(use.referencedBytes)}`,
    ...free,
    ...leftovers.map(
      ({ path, kind, sizeBytes }) =>
        `${kind === 'partial' ? 'left of a download ' : 'no model needs     '} ${megabytes(sizeBytes)} ${path}`,
    ),
    ...(leftovers.length === 0 ? [] : ['driad models disk --clean deletes these']),
  ].join('\n')
}
