import { resolve } from 'node:path'
import { Argument, type Command, InvalidArgumentError, Option } from 'commander'
import { validate as isUuid } from 'uuid'
import type { DeviceChoice } from '../node/inference/devices/choose-devices.ts'
import { DEVICE_ID_PATTERN } from '../protocol/device-views.ts'
import type { Price } from '../protocol/money.ts'

/** Longest wait that a flag may ask for: a week, in milliseconds. */
const MAX_TIMEOUT_MS = 7 * 24 * 3_600_000
export const DEFAULT_TIMEOUT_MS = 120_000

export const dataDirOption = () =>
  new Option('--data-dir <folder>', 'where identity, tasks and ledger are kept').env('DRIAD_DATA_DIR')
export const networkOption = () => new Option('--network <name>', 'name of the network to be on')
export const bootstrapOption = () =>
  new Option('--bootstrap <multiaddr>', 'a node to start from (repeatable)').argParser(collect)
export const listenOption = () =>
  new Option('--listen <multiaddr>', 'an address to listen on (repeatable)').argParser(collect)
export const noMdnsOption = () => new Option('--no-mdns', 'do not look for nodes on the local network')
export const networkKeyOption = () =>
  new Option('--network-key <file>', 'key of a private network; see driad network key')
    .env('DRIAD_NETWORK_KEY')
    .argParser((path: string) => resolve(path))
export const deviceOption = () =>
  new Option(
    '--device <id>',
    'compute on this device (repeatable), or auto, or cpu; see driad devices',
  ).argParser((text: string, earlier: DeviceChoice | undefined) => {
    const ids = deviceIds(text)
    const before = earlier === undefined || earlier === 'auto' ? [] : earlier
    return ids === 'auto' ? ids : checkedDevices([...before, ...ids])
  })
export const inputOption = () => new Option('--input <text>', "the run's input, __input in the workflow")
/** How tokens are chosen: flags named as the fields of `SamplingOptions`. */
export function addSamplingOptions(command: Command): Command {
  const penalty = number({ min: -2, max: 2 })
  const options = [
    new Option('--temperature <t>', '0 is greedy, at most 2').argParser(number({ min: 0, max: 2 })),
    new Option('--seed <n>', 'makes sampling repeat').argParser(integer({ min: 0, max: 0xffff_ffff })),
    new Option('--top-p <p>', 'only the likeliest tokens that make up this probability').argParser(
      number({ min: 0, max: 1 }),
    ),
    new Option('--top-k <n>', 'only so many of the likeliest tokens, 0 for all').argParser(
      integer({ min: 0, max: 1_000_000 }),
    ),
    new Option('--min-p <p>', "only tokens with this part of the likeliest one's probability").argParser(
      number({ min: 0, max: 1 }),
    ),
    new Option('--repeat-penalty <f>', 'divides the logits of recent tokens; 1 changes nothing').argParser(
      number({ min: 0.01, max: 10 }),
    ),
    new Option('--presence-penalty <x>', 'taken off once from tokens that came').argParser(penalty),
    new Option('--frequency-penalty <x>', 'taken off as often as tokens came').argParser(penalty),
    new Option('--stop <text>', 'end the answer before this (repeatable)').argParser(collect),
  ]
  for (const option of options) command.addOption(option)
  return command
}
export const timeoutOption = () =>
  new Option('--timeout-ms <n>', 'give up after this long')
    .argParser(integer({ min: 1, max: MAX_TIMEOUT_MS }))
    .default(DEFAULT_TIMEOUT_MS)

export const taskIdArgument = () =>
  new Argument('<task-id>', 'as printed by driad publish').argParser((text) => {
    if (!isUuid(text)) throw new InvalidArgumentError('It must be a task id, such as driad publish prints.')
    return text.toLowerCase()
  })

export function integer({ min, max }: { min: number; max: number }) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`)
    }
    return value
  }
}

export function number({ min, max }: { min: number; max: number }) {
  return (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`It must be a number from ${min} to ${max}.`)
    }
    return value
  }
}

/** Credits for 1,000 prompt tokens and for 1,000 completion tokens, or one number for both. */
export function price(text: string): Price {
  const given = text.split(',')
  const [prompt, completion] = given.length === 1 ? [microOf(text), microOf(text)] : given.map(microOf)
  if (prompt === undefined || completion === undefined || given.length > 2) {
    throw new InvalidArgumentError(
      'It must be credits for 1,000 prompt tokens and for 1,000 completion tokens, like 0.01,0.04.',
    )
  }
  return { promptMicroPer1k: prompt, completionMicroPer1k: completion }
}

/** Micro-credits of a number of credits below a billion; undefined for anything else. */
function microOf(credits: string): bigint | undefined {
  const [, whole, part = ''] = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(credits.trim()) ?? []
  return whole === undefined ? undefined : BigInt(whole + part.padEnd(6, '0'))
}

/** Model names separated by commas. */
export function nameList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim())
  if (names.some((name) => name === ''))
    throw new InvalidArgumentError('It must be names separated by commas.')
  return names
}

/** Reads `auto`, `cpu` or ids of GPUs separated by commas. */
export function deviceIds(text: string): DeviceChoice {
  if (text === 'auto') return text
  return checkedDevices(text.split(',').map((id) => id.trim()))
}

function checkedDevices(ids: readonly string[]): readonly string[] {
  if (!ids.every((id) => DEVICE_ID_PATTERN.test(id)))
    throw new InvalidArgumentError('It must be auto, cpu or ids of devices such as vulkan:0.')
  if (ids.length > 1 && ids.includes('cpu')) throw new InvalidArgumentError('It must be cpu alone, or GPUs.')
  return ids
}

export function collect(value: string, earlier: string[] | undefined): string[] {
  return [...(earlier ?? []), value]
}
