import { type Command, Option } from 'commander'
import { type ModelGroup, modelGroups } from '../../../protocol/catalogue/groups.ts'
import type { CatalogueKind } from '../../../protocol/catalogue/schema.ts'
import { searchCatalogue } from '../../../protocol/catalogue/search.ts'
import { type CatalogueModelView, catalogueModelView } from '../../../protocol/catalogue-views.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { withCatalogue } from '../../with-catalogue.ts'
import type { ModelFlags } from './model-rows.ts'
import { parametersText } from './model-text.ts'

interface SearchFlags extends ModelFlags {
  readonly group?: ModelGroup
  readonly kind?: CatalogueKind
  readonly refresh?: boolean
}

export function addSearchCommand(models: Command, context: CommandContext): void {
  models
    .command('search')
    .description('list the models of the catalogue: what can be pulled, and what tasks may name')
    .argument('[text]', 'words of their names; * stands for any characters')
    .addOption(new Option('--group <group>', 'only this group').choices(modelGroups))
    .addOption(new Option('--kind <kind>', 'only this kind').choices(['chat', 'base', 'embedding']))
    .option('--refresh', 'fetch the catalogue first (setting catalogueUrl)')
    .addOption(dataDirOption())
    .action(async (text: string | undefined, flags: SearchFlags) => {
      await withCatalogue(flags.dataDir, async (catalogue) => {
        if (flags.refresh === true) await catalogue.refresh()
        const { group, kind } = flags
        const found = searchCatalogue(catalogue.current(), { text, group, kind }).map(catalogueModelView)
        const status = catalogue.status()
        const words = found.length === 0 ? 'The catalogue has no such model' : found.map(modelText).join('\n')
        context.output(flags).result({ status, models: found }, words)
      })
    })
}

function modelText(model: CatalogueModelView): string {
  const { title, parameterCount, activeParameterCount, contextLength, licence, kind, groups } = model
  const active = activeParameterCount === undefined ? '' : ` (${billions(activeParameterCount)} active)`
  const facts = [
    `${parametersText(parameterCount)}${active}`,
    `context ${contextLength}`,
    kind,
    licence.id,
    groups.map((group) => `@${group}`).join(' '),
  ]
  const variants = model.variants.map(({ name, aliases, sizeBytes, sizeIsExact }) => {
    const size = `${sizeIsExact ? '' : '~'}${(sizeBytes / 1e9).toPrecision(3)} GB`
    return `  ${name}  ${size}${aliases.length === 0 ? '' : `  = ${aliases.join(', ')}`}`
  })
  return [`${title}  ${facts.filter(Boolean).join(', ')}`, ...variants].join('\n')
}

function billions(count: number): string {
  return `${(count / 1e9).toPrecision(2)}B`
}
