import { type Command, Option } from 'commander'
import { sizeWords } from '../../../locales/words/size-words.ts'
import { catalogueCandidates } from '../../../node/models/fit/candidates.ts'
import { type FitModel, type FitSituation, fitModelOf, fitView } from '../../../node/models/fit/fit-view.ts'
import { type FitCandidate, findCandidate } from '../../../node/models/fit/recommend.ts'
import { CONTEXT_TOKENS } from '../../../node/models/residency/load-plan.ts'
import { findVariant } from '../../../protocol/catalogue/find-variant.ts'
import { DriadError } from '../../../protocol/errors.ts'
import type { FitView } from '../../../protocol/fit-views.ts'
import { type GgufInfo, inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import { kvTypes } from '../../../protocol/model-fit/memory-plan.ts'
import { MAX_SLOTS } from '../../../protocol/model-fit/most-that-fits.ts'
import { modelPathOf } from '../../added-model.ts'
import { openFitSituation } from '../../fit-situation.ts'
import { dataDirOption, integer } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { withCatalogue } from '../../with-catalogue.ts'
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
    .description('show what a GGUF file, or a model of the catalogue, is, and what it would take here')
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
      const found = await findModel(model, flags.dataDir)
      const { fit, table, machine } = await fitsOf(found.model, flags)
      context
        .output(flags)
        .result(
          { ...found.value, machine, fit, fits: table },
          [found.text, labelled(fitLines(fit)), '', fitTable(table)].join('\n'),
        )
    })
}

interface FoundModel {
  readonly model: FitModel
  /** What is known of it, for programs and for people. */
  readonly value: object
  readonly text: string
}

/** A file, a model of the data folder, or one of the catalogue that nobody has fetched yet. */
async function findModel(name: string, dataDir: string | undefined): Promise<FoundModel> {
  try {
    const info = await inspectGguf(modelPathOf(name, dataDir))
    return { model: fitModelOf(info), value: info, text: infoText(info) }
  } catch (error) {
    if (!(error instanceof DriadError) || error.code !== 'model_not_found' || name.endsWith('.gguf'))
      throw error
    const { candidate, offered } = await withCatalogue(dataDir, (keeper) => {
      const catalogue = keeper.current()
      return {
        candidate: findCandidate(catalogueCandidates(catalogue), name),
        offered: findVariant(catalogue, name),
      }
    })
    if (candidate === undefined || offered === undefined) {
      throw new DriadError('model_not_found', `${error.message}, nor in the catalogue`, { cause: error })
    }
    const { variants: _, ...model } = offered.model
    const value = {
      catalogue: { ...model, variant: offered.variant },
      downloadBytes: candidate.downloadBytes,
    }
    return { model: candidate, value, text: candidateText(candidate) }
  }
}

function candidateText(candidate: FitCandidate): string {
  return labelled([
    ['name', `${candidate.name} (${candidate.title}), not on this computer yet`],
    ['quantisation', candidate.quantisation],
    ['parameters', parametersText(candidate.parameterCount)],
    ['download', sizeWords(candidate.downloadBytes)],
    ['context', `${candidate.contextLength ?? 0} tokens`],
    ['kind', candidate.kind],
    ...(candidate.licence === undefined ? [] : [['licence', candidate.licence] satisfies [string, string]]),
  ])
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

function infoText(info: GgufInfo): string {
  const lines: [string, unknown][] = [
    ['file', info.path],
    ['name', info.name],
    ['architecture', info.architecture],
    ['quantisation', info.quantisation],
    ['parameters', parametersText(info.parameterCount)],
    ['size', `${info.sizeBytes} bytes`],
    ['parts', info.partCount],
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
