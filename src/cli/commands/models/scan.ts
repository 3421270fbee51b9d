import { type Command, Option } from 'commander'
import { skipWords } from '../../../locales/words/skip-words.ts'
import type { LogLevel } from '../../../node/logs/log-line.ts'
import type { LocalModels } from '../../../node/models/local/local-models.ts'
import { DriadError } from '../../../protocol/errors.ts'
import {
  type AddedFileView,
  type LocalModelSource,
  type LocalScanView,
  type LocalWeightsView,
  localModelSources,
} from '../../../protocol/local-model-views.ts'
import { dataDirOption } from '../../options.ts'
import { exitCodes } from '../../output.ts'
import type { CommandContext } from '../../program.ts'
import type { ModelFlags } from './model-rows.ts'
import { addedText, megabytes, parametersText } from './model-text.ts'
import { whenServed } from './when-served.ts'
import { withLocalModels } from './with-local-models.ts'

interface ScanFlags extends ModelFlags {
  readonly logLevel?: LogLevel
  readonly add?: boolean
  readonly digests?: boolean
  readonly source?: LocalModelSource[]
}

export function addScanCommand(models: Command, context: CommandContext): void {
  models
    .command('scan')
    .description('look for models that other programs keep on this computer, and serve them where they are')
    .argument('[name|path...]', 'those found that are to be added; all that can be used where absent')
    .option('--add', 'serve what was found, at once where a node runs; nothing is copied')
    .addOption(
      new Option('--source <source>', 'look there only (repeatable)')
        .choices([...localModelSources])
        .argParser(sourceOf),
    )
    .option('--digests', 'read every file that was found to its end, so that all copies are known')
    .addOption(dataDirOption())
    .action(async (wanted: string[], flags: ScanFlags) => {
      const output = context.output(flags)
      if (wanted.length > 0 && flags.add !== true)
        throw new DriadError('bad_usage', 'Names are for --add: driad models scan --add <name>')
      await withLocalModels(flags, async (local) => {
        await local.scan(flags.source === undefined ? {} : { sources: flags.source })
        if (flags.digests === true) {
          output.note('Reading the files that were found…')
          local.makeDigests()
          await local.whenDigested()
        }
        const added = flags.add === true ? await addFound(local, wanted) : undefined
        const { digests, ...view } = local.view()
        if (digests.waiting > 0 || digests.current !== undefined)
          output.note('Some files have the same size; --digests tells whether they are copies of each other')
        const result = { ...view, ...(added !== undefined && { added }) }
        output.result(result, scanText(view, added, whenServed(flags.dataDir)))
        if (added?.some(({ outcome }) => outcome === 'refused')) context.exitWith(exitCodes.failed)
      })
    })
}

function sourceOf(value: string, earlier: LocalModelSource[] | undefined): LocalModelSource[] {
  const source = localModelSources.find((each) => each === value)
  if (source === undefined)
    throw new DriadError('bad_usage', `--source is one of ${localModelSources.join(', ')}`)
  return [...(earlier ?? []), source]
}

async function addFound(local: LocalModels, wanted: readonly string[]): Promise<AddedFileView[]> {
  const { weights } = local.view()
  const chosen: readonly { readonly path: string; readonly name?: string }[] =
    wanted.length === 0
      ? weights.filter(({ error }) => error === undefined).map(({ path }) => ({ path }))
      : wanted.map((each) => foundBy(weights, each))
  const results: AddedFileView[] = []
  // One by one: there may be more than are added at once.
  for (const { path, ...name } of chosen) results.push(...(await local.addFiles([path], name)))
  return results
}

/** By the name that it would get, by one that its program has for it, or by its path. */
function foundBy(
  weights: readonly LocalWeightsView[],
  wanted: string,
): { readonly path: string; readonly name?: string } {
  const suggested = weights.find(({ suggestedName }) => suggestedName === wanted)
  if (suggested !== undefined) return { path: suggested.path, name: wanted }
  for (const { name, path } of weights.flatMap(({ places }) => places)) {
    if (name === wanted) return { path, name }
    if (path === wanted) return { path }
  }
  throw new DriadError('model_not_found', `The scan found no ${wanted}`)
}

function scanText(
  view: Omit<LocalScanView, 'digests'>,
  added: readonly AddedFileView[] | undefined,
  when: string,
): string {
  const { weights, places, skipped, takenBytes, savableBytes } = view
  const looked = places.map(({ source, path }) => `  ${source.padEnd(12)} ${path}`)
  const summary =
    weights.length === 0
      ? 'No models were found'
      : `${weights.length} found, ${megabytes(takenBytes)}${savableBytes > 0 ? `, of which ${megabytes(savableBytes)} are second copies` : ''}`
  return [
    ...weights.map(weightsText),
    summary,
    ...(looked.length === 0 ? ['None of the usual folders is there'] : ['Looked in', ...looked]),
    ...(skipped.length === 0
      ? []
      : ['Skipped', ...skipped.map((each) => `  ${each.path}: ${skipWords(each)}`)]),
    ...(added ?? []).map((file) => addedText(file, when)),
  ].join('\n')
}

function weightsText(weights: LocalWeightsView): string {
  const { suggestedName, facts, error, sizeBytes, addedAs, places } = weights
  const what =
    facts === undefined
      ? `cannot be used: ${error?.message}`
      : `${facts.architecture} ${facts.quantisation}, ${parametersText(facts.parameterCount)}, ${megabytes(sizeBytes)}`
  const served = addedAs.length === 0 ? '' : `, served as ${addedAs.join(', ')}`
  const lines = places.map(({ source, path, name, sameFile }, index) => {
    const kind = index === 0 ? '' : sameFile ? ' (the same file)' : ' (a copy)'
    const called = name === suggestedName ? '' : ` as ${name}`
    return `  ${source.padEnd(12)} ${path}${called}${kind}`
  })
  return [`${suggestedName}  ${what}${served}`, ...lines].join('\n')
}
