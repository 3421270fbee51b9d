import { type Command, Option } from 'commander'
import { excludedReason, recommendationReasons } from '../../../locales/words/fit-words.ts'
import { catalogueCandidates, referenceSpeeds } from '../../../node/models/fit/candidates.ts'
import { recommend, USABLE_TOKENS_PER_SECOND } from '../../../node/models/fit/recommend.ts'
import { CONTEXT_TOKENS } from '../../../node/models/residency/load-plan.ts'
import { modelGroups } from '../../../protocol/catalogue/groups.ts'
import type { RecommendationView, RecommendedModelView } from '../../../protocol/fit-views.ts'
import { MAX_SLOTS } from '../../../protocol/model-fit/most-that-fits.ts'
import { openFitSituation } from '../../fit-situation.ts'
import { dataDirOption, integer, number } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { withCatalogue } from '../../with-catalogue.ts'
import { labelled, machineLines } from './fit-text.ts'
import type { ModelFlags } from './model-rows.ts'

interface RecommendFlags extends ModelFlags {
  readonly slots?: number
  readonly context?: number
  readonly minSpeed?: number
  readonly group?: string
}

export function addRecommendCommand(models: Command, context: CommandContext): void {
  models
    .command('recommend')
    .description('say which models of the catalogue suit this computer best, and why')
    .addOption(
      new Option('--slots <n>', "how many tasks at a time; the settings' where absent").argParser(
        integer({ min: 1, max: MAX_SLOTS }),
      ),
    )
    .addOption(
      new Option('--context <tokens>', 'how much each of them sees')
        .argParser(integer({ min: 1, max: 2 ** 24 }))
        .default(CONTEXT_TOKENS),
    )
    .addOption(
      new Option('--min-speed <tokens/s>', 'leave out what is slower')
        .argParser(number({ min: 0, max: 1e6 }))
        .default(USABLE_TOKENS_PER_SECOND),
    )
    .addOption(new Option('--group <name>', 'only models of this group').choices(modelGroups))
    .addOption(dataDirOption())
    .action(async (flags: RecommendFlags) => {
      const catalogue = await withCatalogue(flags.dataDir, (keeper) => keeper.current())
      const references = referenceSpeeds(catalogue.referenceMachines)
      const { situation, slots } = await openFitSituation(flags.dataDir, references)
      const found = recommend(
        catalogueCandidates(catalogue),
        {
          slots: flags.slots ?? slots,
          contextSize: flags.context ?? CONTEXT_TOKENS,
          atLeastTokensPerSecond: flags.minSpeed ?? USABLE_TOKENS_PER_SECOND,
          ...(flags.group !== undefined && { group: flags.group }),
        },
        situation,
      )
      context.output(flags).result(found, recommendationText(found))
    })
}

function recommendationText(found: RecommendationView): string {
  const { machine, best, alternatives, excluded, wanted } = found
  const modelText = (model: RecommendedModelView) =>
    [
      `${model.name}  (${model.title})`,
      ...recommendationReasons(model, wanted).map((reason) => `  ${reason}`),
    ].join('\n')
  const parts = [labelled(machineLines(machine))]
  parts.push(
    best === undefined
      ? 'No model of the catalogue fits on this computer with so many slots of so much context.'
      : modelText(best),
  )
  if (best !== undefined) parts.push(`Get it with: driad models pull ${best.name}`)
  if (alternatives.length > 0) parts.push(['Also good:', ...alternatives.map(modelText)].join('\n'))
  if (excluded.length > 0) {
    const lines = excluded.map((model) => `  ${model.name}: ${excludedReason(model, found)}`)
    parts.push(['Better, but not for this computer:', ...lines].join('\n'))
  }
  return parts.join('\n\n')
}
