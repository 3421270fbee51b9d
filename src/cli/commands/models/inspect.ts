import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type FitModel, type FitSituation, fitModelOf, fitView } from '../../../node/models/fit/fit-view.ts'
import { BUILT_IN_MODEL, CONTEXT_TOKENS } from '../../../node/models/registry.ts'
import type { FitView } from '../../../protocol/fit-views.ts'
import { type GgufInfo, inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import { kvTypes } from '../../../protocol/model-fit/memory-plan.ts'
import { MAX_SLOTS } from '../../../protocol/model-fit/most-that-fits.ts'
import { findAddedModel } from '../../added-model.ts'
import { openFitSituation } from '../../fit-situation.ts'
import { builtInModelPath } from '../../host.ts'
import { dataDirOption, integer } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { fitLines, fitTable, labelled } from './fit-text.ts'
import type { ModelFlags } from './model-rows.ts'
import { parametersText } from './model-text.ts'

/** What the table shows, of what the model can see at all. */
const TABLE_CONTEXTS = [2048, 8192, 32_768, 131_072]
const TABLE_SLOTS = [1, 4]

interface InspectFlags extends ModelFlags {
  readonly context?: number
  readonly slots?: number
}

export function addInspectCommand(models: Command, context: CommandContext): void {
  models
    .command('inspect')
    .description('show what a GGUF file says of itself, whether it is whole, and what it would take here')
    .argument('<file|name>')
    .addOption(
      new Option('--context <tokens>', 'how much each slot sees').argParser(
        integer({ min: 1, max: 2 ** 24 }),
      ),
    )
    .addOption(
      new Option('--slots <n>', 'how many tasks at a time').argParser(integer({ min: 1, max: MAX_SLOTS })),
    )
    .addOption(dataDirOption())
    .action(async (model: string, flags: InspectFlags) => {
      const info = await inspectGguf(pathOf(model, flags.dataDir))
      const { fit, table, machine } = await fitsOf(fitModelOf(info), flags)
      context
        .output(flags)
        .result(
          { ...info, machine, fit, fits: table },
          [infoText(info), labelled(fitLines(fit)), '', fitTable(table)].join('\n'),
        )
    })
}

/** The fit that was asked for, and those of the table. */
async function fitsOf(
  model: FitModel,
  flags: InspectFlags,
): Promise<{ fit: FitView; table: FitView[]; machine: FitSituation['machine'] }> {
  const { situation, slots } = await openFitSituation(flags.dataDir)
  const wish = { contextSize: flags.context ?? CONTEXT_TOKENS, slots: flags.slots ?? slots }
  const most = model.contextLength ?? Number.POSITIVE_INFINITY
  const contexts = new Set(TABLE_CONTEXTS.map((tokens) => Math.min(tokens, most)))
  const table = [...contexts].flatMap((contextSize) =>
    TABLE_SLOTS.flatMap((count) =>
      kvTypes.map((kvType) => fitView(model, { contextSize, slots: count, kvType }, situation)),
    ),
  )
  return { fit: fitView(model, wish, situation), table, machine: situation.machine }
}

function pathOf(model: string, dataDir: string | undefined): string {
  if (model === BUILT_IN_MODEL) return builtInModelPath()
  if (model.endsWith('.gguf') || existsSync(model)) return resolve(model)
  return findAddedModel(model, dataDir).path
}

function infoText(info: GgufInfo): string {
  const lines: [string, unknown][] = [
    ['file', info.path],
    ['name', info.name],
    ['architecture', info.architecture],
    ['quantisation', info.quantisation],
    ['parameters', parametersText(info.parameterCount)],
    ['size', `${info.sizeBytes} bytes`],
    ['context', info.contextLength === undefined ? undefined : `${info.contextLength} tokens`],
    ['layers', info.layerCount],
    ['kind', info.hasChatTemplate ? 'chat' : 'base (completes text)'],
    ['licence', info.licence],
  ]
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label.padEnd(13)} ${value}`)
    .join('\n')
}
