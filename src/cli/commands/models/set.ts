import { type Command, InvalidArgumentError, Option } from 'commander'
import { openDataFolder } from '../../../node/data-folder.ts'
import { noWish } from '../../../node/models/model-rows.ts'
import { changedWish, type ModelWishPatch, wishLimits } from '../../../node/models/model-wish.ts'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { isFolderHeld } from '../../../node/store/folder-lock.ts'
import { DriadError } from '../../../protocol/errors.ts'
import { inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import { type KvType, kvTypes } from '../../../protocol/model-fit/memory-plan.ts'
import type { Price } from '../../../protocol/money.ts'
import { PRICE_MICRO_PER_1K } from '../../../protocol/wire/limits.ts'
import { modelPathOf } from '../../added-model.ts'
import { builtInModelPath } from '../../host.ts'
import { dataDirOption, integer } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import { changeModels, type ModelFlags } from './model-rows.ts'

const DEFAULT = 'default'
type Default = typeof DEFAULT

interface SetFlags extends ModelFlags {
  readonly slots?: number | Default
  readonly context?: number | Default
  readonly kvType?: KvType | Default
  readonly draft?: string
  readonly preload?: boolean
  readonly promptPrice?: bigint | Default
  readonly completionPrice?: bigint | Default
}

export function addSetCommand(models: Command, context: CommandContext): void {
  models
    .command('set')
    .description('set how a model is loaded and what it costs; `default` goes back to the settings')
    .argument('<name>')
    .addOption(numberOption('--slots <n>', 'tasks at the same time', wishLimits.slots))
    .addOption(numberOption('--context <tokens>', 'tokens that each task sees', wishLimits.contextSize))
    .addOption(
      new Option('--kv-type <type>', `what keys and values are kept in: ${kvTypes.join(', ')}`).argParser(
        (text: string): KvType | Default => {
          if (text === DEFAULT) return DEFAULT
          const type = kvTypes.find((known) => known === text)
          if (type === undefined) throw new InvalidArgumentError(`It must be one of ${kvTypes.join(', ')}.`)
          return type
        },
      ),
    )
    .option(
      '--draft <file|name>',
      'a small model of the same vocabulary that guesses ahead: the same text, sooner',
    )
    .option('--preload', 'keep it in memory, whoever else is asked for')
    .option('--no-preload', 'let it make way for others')
    .addOption(priceOption('--prompt-price <micro>', 'micro-credits for 1,000 prompt tokens'))
    .addOption(priceOption('--completion-price <micro>', 'micro-credits for 1,000 generated tokens'))
    .addOption(dataDirOption())
    .action(async (name: string, flags: SetFlags) => {
      const patch: ModelWishPatch = {
        preload: flags.preload,
        slots: orNull(flags.slots),
        contextSize: orNull(flags.context),
        kvType: orNull(flags.kvType),
        draftPath: await draftPathOf(flags),
      }
      const prices = [flags.promptPrice, flags.completionPrice].filter((price) => price !== undefined)
      if (prices.length === 0 && Object.values(patch).every((value) => value === undefined)) {
        throw new DriadError(
          'bad_usage',
          'Say what is to be set; `driad models set --help` tells what there is',
        )
      }
      if (prices.length === 1 || prices.filter((price) => price === DEFAULT).length === 1) {
        throw new DriadError(
          'bad_usage',
          'Give both prices, --prompt-price and --completion-price, or default for both',
        )
      }
      const row = await change(name, patch, flags)
      const when = isFolderHeld(openDataFolder(flags.dataDir).nodeLockPath)
        ? 'the running node takes it up now'
        : 'it holds from the next start of the node'
      context.output(flags).result({ name, ...row }, `${name} is set; ${when}`)
    })
}

async function change(name: string, patch: ModelWishPatch, flags: SetFlags) {
  let changed: object = {}
  await changeModels(flags, async (rows) => {
    const builtIn = { name, path: builtInModelPath(), enabled: true, price: undefined, wish: noWish }
    const known =
      rows.all().find((row) => row.name === name) ?? (name === BUILT_IN_MODEL ? builtIn : undefined)
    if (known === undefined) {
      throw new DriadError(
        'model_not_found',
        `There is no model named ${name} among those of \`driad models list\``,
      )
    }
    const wish = changedWish(known.wish, patch)
    const { promptPrice, completionPrice } = flags
    const price = priceOf(promptPrice, completionPrice, known.price)
    await rows.put({ ...known, wish, price }, Date.now())
    changed = { ...wish, ...price }
  })
  return changed
}

/** Undefined is the price of the settings. */
function priceOf(
  prompt: bigint | Default | undefined,
  completion: bigint | Default | undefined,
  before: Price | undefined,
): Price | undefined {
  if (prompt === undefined || completion === undefined) return before
  if (prompt === DEFAULT || completion === DEFAULT) return undefined
  return { promptMicroPer1k: prompt, completionMicroPer1k: completion }
}

/** Throws `model_not_found` or `model_invalid` for what cannot be a draft. */
async function draftPathOf({ draft, dataDir }: SetFlags): Promise<string | null | undefined> {
  if (draft === undefined) return undefined
  if (draft === DEFAULT) return null
  const path = modelPathOf(draft, dataDir)
  await inspectGguf(path)
  return path
}

/** Commander makes an empty text of null. */
function orNull<T>(value: T | Default | undefined): T | null | undefined {
  return value === DEFAULT ? null : value
}

function numberOption(flags: string, description: string, limits: { min: number; max: number }): Option {
  return new Option(flags, description).argParser((text: string): number | Default =>
    text === DEFAULT ? DEFAULT : integer(limits)(text),
  )
}

function priceOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string): bigint | Default => {
    if (text === DEFAULT) return DEFAULT
    if (!/^\d{1,19}$/.test(text) || BigInt(text) > PRICE_MICRO_PER_1K) {
      throw new InvalidArgumentError(`It must be a whole number from 0 to ${PRICE_MICRO_PER_1K}.`)
    }
    return BigInt(text)
  })
}
