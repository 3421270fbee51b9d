import { isAbsolute } from 'node:path'
import { isMultiaddr, multiaddr } from '@multiformats/multiaddr'
import { z } from 'zod'
import { DEVICE_ID_PATTERN } from '../../protocol/device-views.ts'
import { parseWeekHours, WEEK_HOURS_LENGTH } from '../../protocol/guest/week-hours.ts'
import { notificationKinds } from '../../protocol/notification-kinds.ts'
import { switchableTools, toolNames } from '../../protocol/tools.ts'
import { updateChannels, updatePolicies } from '../../protocol/update-views.ts'
import { networkNameSchema, payoutAddressSchema } from '../../protocol/wire/checks.ts'
import { ADDRESS_LENGTH, AMOUNT_MICRO, PRICE_MICRO_PER_1K } from '../../protocol/wire/limits.ts'
import { defaultExposureBounds } from '../exposure/exposure-rule.ts'
import { firstRunProgressSchema, identityBackupSchema, nothingDone } from '../first-run/progress.ts'
import { logLevels } from '../logs/log-line.ts'
import { isPeerRule } from '../network/peer-rules.ts'

// What is said of a value that is not taken is the end of a sentence: `expected a whole number from 1 to 64`. Each check
// has words of its own, for those of zod say neither what is valid nor how it is written.

/** JSON has no bigint, so money is stored, and may be given, as a string of digits. */
function money(maxMicro: bigint) {
  const error = `a whole number of micro-credits from 0 to ${maxMicro}`
  return z
    .union(
      [
        z.bigint(),
        z
          .string()
          .regex(/^\d{1,19}$/, error)
          .transform(BigInt),
      ],
      { error },
    )
    .refine((value) => value >= 0n && value <= maxMicro, { error })
}

function whole(min: number, max: number, error = `a whole number from ${min} to ${max}`) {
  return z.int(error).min(min, error).max(max, error)
}

function oneOf<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, `one of ${values.join(', ')}`)
}

function text(most: number) {
  return z.string('a text').max(most, `${most} characters at most`)
}

/** `example` is an item, for people to see how a list of them is written. */
function list<Item extends z.ZodType>(item: Item, most: number, example: string) {
  return z.array(item, `a list such as ${JSON.stringify([example])}`).max(most, `${most} of them at most`)
}

function httpUrl(error: string) {
  return z.url({ protocol: /^https?$/, error }).max(512, '512 characters at most')
}

const CATALOGUE_WORDS = 'an http or https address, or nothing'
const PROXY_WORDS = 'system, none, or an address such as http://host:port'
const KEY_WORDS = 'an Ed25519 public key: 32 bytes in base64, or nothing'
const DEVICES_WORDS = 'auto, or a list of device ids such as ["vulkan:0"] or ["cpu"]'
const IDLE_WORDS = '0, or a whole number from 60000 (a minute) to 86400000 (a day)'
const CELSIUS_WORDS = '0, or a whole number from 40 to 110'
const onOff = z.boolean('true or false')

const price = money(PRICE_MICRO_PER_1K)

const address = text(ADDRESS_LENGTH).refine(isAddress, { error: 'a multiaddr such as /ip4/0.0.0.0/tcp/4001' })

const peerAddress = address.refine((text) => text.includes('/p2p/'), {
  error: 'a multiaddr that ends in /p2p/ and a peer id',
})

const peerRule = text(128).refine(isPeerRule, {
  error: 'a peer id, an IP address, or a network such as 192.0.2.0/24',
})

/** As `driad devices` shows them. */
const deviceId = z
  .string('a text')
  .regex(DEVICE_ID_PATTERN, 'a device id such as vulkan:0, or cpu (see driad devices)')
const cpuAlone = (ids: readonly string[]) => ids.length === 1 || !ids.includes('cpu')
const CPU_ALONE = { error: 'cpu alone, or GPUs' }

/** Where Hugging Face's own tools fetch from. */
export const DEFAULT_MODEL_ENDPOINT = 'https://huggingface.co'
const webAddress = httpUrl('an address that begins with https:// or http://')

const unixMs = whole(0, 8.64e15)
const schedule = text(WEEK_HOURS_LENGTH)
  .trim()
  .refine((text) => text === '' || parseWeekHours(text) !== undefined, {
    error: 'hours of days such as mon-fri 18-8; sat,sun 0-24, or never, or nothing',
  })

interface Setting<S extends z.ZodType> {
  readonly schema: S
  readonly fallback: z.output<S>
  /** For the Settings view and the help text. */
  readonly description: string
  readonly unit?: string
  /** When a change of it is taken up: at once where absent, when the node joins the network, or when a program starts. */
  readonly holds?: 'join' | 'start'
  /** It says how far things are here, not what the operator likes: it is in no file of settings, and stays when all are reset. */
  readonly momentary?: true
}

function setting<S extends z.ZodType>(definition: Setting<S>): Setting<S> {
  return definition
}

/** Everything that an operator may set, with what it means and what it is where nobody set it. */
export const settingDefinitions = {
  network: setting({
    schema: networkNameSchema,
    fallback: 'main',
    description: 'Which network to join. Nodes of different names never meet.',
    holds: 'join',
  }),
  listen: setting({
    schema: list(address, 16, '/ip4/0.0.0.0/tcp/4001'),
    // Port 0 lets the system choose, so that several nodes fit on one computer. Behind a port forwarding, set a fixed one.
    fallback: ['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/tcp/0/ws', '/ip6/::/tcp/0', '/ip6/::/tcp/0/ws'],
    description: 'Addresses to listen on, as multiaddrs. Port 0 lets the system choose.',
    unit: 'multiaddr',
    holds: 'join',
  }),
  bootstrap: setting({
    schema: list(peerAddress, 64, '/ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…'),
    fallback: [],
    description: 'Peers to connect to first, as multiaddrs with their peer id.',
    unit: 'multiaddr',
    holds: 'join',
  }),
  announce: setting({
    schema: list(address, 8, '/dns4/node.example.org/tcp/4001'),
    fallback: [],
    description:
      'Addresses at which others reach this node, besides those that it finds itself: behind a forwarded port, or a name.',
    unit: 'multiaddr',
    holds: 'join',
  }),
  relay: setting({
    schema: onOff,
    fallback: false,
    description: 'Serve nodes behind routers as a relay. For computers with a public address.',
    holds: 'join',
  }),
  upnp: setting({
    schema: onOff,
    fallback: true,
    description: 'Ask the router to forward the ports that this node listens on.',
    holds: 'join',
  }),
  networkKeyFile: setting({
    schema: text(4096).refine((path) => path === '' || isAbsolute(path), {
      error: 'an absolute path, or nothing',
    }),
    fallback: '',
    description: 'File with the key of a private network (driad network key). Empty: an open network.',
    holds: 'join',
  }),
  allowedPeers: setting({
    schema: list(peerRule, 1024, '192.0.2.0/24'),
    fallback: [],
    description:
      'Peers that are always let in and never limited, by peer id, IP address or network such as 192.0.2.0/24.',
  }),
  deniedPeers: setting({
    schema: list(peerRule, 1024, '192.0.2.0/24'),
    fallback: [],
    description:
      'Peers that are never talked to, by peer id, IP address or network. A rule for a peer counts more than one for its address.',
  }),
  slots: setting({
    schema: whole(1, 64),
    fallback: 4,
    description: 'How many tasks run at the same time on each model.',
    unit: 'tasks',
  }),
  memoryBudgetBytes: setting({
    schema: whole(0, 2 ** 50),
    fallback: 0,
    description:
      'Memory that all loaded models may take together. Models that do not fit are loaded when they are asked for, in place of others. 0 is all that is free, less what is to stay free.',
    unit: 'bytes',
  }),
  idleUnloadMs: setting({
    schema: whole(0, 7 * 24 * 3_600_000),
    fallback: 0,
    description:
      'How long after its last task a model is unloaded; it is loaded again at the next one. 0 is never.',
    unit: 'milliseconds',
  }),
  memoryReserveBytes: setting({
    schema: whole(0, 2 ** 50).nullable(),
    fallback: null,
    description:
      'Memory that models leave free for the rest of the computer. Where it is not set, a seventh of all, from 0.5 to 4 GB.',
    unit: 'bytes',
  }),
  operatorWish: setting({
    momentary: true,
    schema: z.discriminatedUnion(
      'act',
      [
        z.object({ act: z.literal('rules') }),
        z.object({ act: z.literal('pause'), untilMs: unixMs.optional() }),
        z.object({ act: z.literal('serve'), untilMs: unixMs }),
      ],
      'what driad pause and driad resume write',
    ),
    fallback: { act: 'rules' },
    description:
      'What the operator wants now: the rules alone, a pause, or work in spite of the rules. Written by driad pause, driad resume and the window.',
  }),
  schedule: setting({
    schema: schedule,
    fallback: '',
    description:
      "When tasks are taken, by this computer's clock: days and full hours, such as mon-fri 18-8; sat,sun 0-24. Empty is always, never is never.",
  }),
  idleMs: setting({
    schema: whole(0, 24 * 3_600_000, IDLE_WORDS).refine((ms) => ms === 0 || ms >= 60_000, IDLE_WORDS),
    fallback: 0,
    description: 'Take tasks only once nobody has used this computer for so long. 0 takes them at any time.',
    unit: 'milliseconds',
  }),
  onBattery: setting({
    schema: oneOf(['pause', 'serve']),
    fallback: 'pause',
    description: 'Whether tasks are taken while the computer runs on battery.',
  }),
  batteryLeastPercent: setting({
    schema: whole(0, 95),
    fallback: 50,
    description: 'Down to which charge tasks are taken on battery, where they are taken on battery at all.',
    unit: 'percent',
  }),
  pausePrograms: setting({
    schema: list(text(128).trim().min(1, 'the name of a program'), 64, 'blender'),
    fallback: [],
    description: 'Names of programs, such as blender or game.exe. No tasks are taken while one of them runs.',
    unit: 'program',
  }),
  pauseFullScreen: setting({
    schema: onOff,
    fallback: false,
    description: 'Take no tasks while a program fills the screen, as games and films do.',
  }),
  othersPercent: setting({
    schema: whole(0, 95),
    fallback: 0,
    description:
      'Take no tasks while other programs use more than that of all processor cores together. 0 does not look.',
    unit: 'percent',
  }),
  maxCelsius: setting({
    schema: whole(0, 110, CELSIUS_WORDS).refine((celsius) => celsius === 0 || celsius >= 40, CELSIUS_WORDS),
    fallback: 0,
    description: 'Take no tasks while the processor or a GPU is hotter than that. 0 does not look.',
    unit: 'degrees Celsius',
  }),
  computeSharePercent: setting({
    schema: whole(10, 100),
    fallback: 100,
    description:
      'Share of the time in which models compute; they rest in between. Less makes the computer cooler and quieter, and earns less.',
    unit: 'percent',
  }),
  quietMode: setting({
    schema: oneOf(['off', 'in_use', 'always']),
    fallback: 'off',
    description:
      'Compute for a quarter of the time at most: always, or while somebody uses this computer (and for two minutes after).',
  }),
  joinOnStart: setting({
    schema: onOff,
    // Off until the operator joins for the first time; joining turns it on, leaving turns it off.
    fallback: false,
    description: 'Join the network when the program starts. Joining turns this on, leaving turns it off.',
  }),
  closeToTray: setting({
    schema: onOff,
    fallback: true,
    description: 'Closing the window leaves the node running in the tray.',
  }),
  trayExplained: setting({
    momentary: true,
    schema: onOff,
    fallback: false,
    description: 'Whether it was said once that closing the window leaves the node running.',
  }),
  firstRun: setting({
    momentary: true,
    schema: firstRunProgressSchema,
    fallback: nothingDone,
    description: 'How far the set-up of this node has come. Written by the window.',
  }),
  identityBackup: setting({
    momentary: true,
    schema: identityBackupSchema,
    fallback: null,
    description:
      'The last backup of the identity’s key, and whether it was opened again. Written by driad identity backup and the window.',
  }),
  startAtLogin: setting({
    schema: onOff,
    fallback: false,
    description: 'Start the app when you log in to this computer.',
  }),
  startHidden: setting({
    schema: onOff,
    fallback: true,
    description: 'Where the app starts at login, start in the tray, without its window.',
  }),
  updatePolicy: setting({
    schema: oneOf(updatePolicies),
    fallback: 'automatic',
    description:
      'What to do with a new version of the app: install it when no task runs, ask first, or not even look for one.',
  }),
  updateChannel: setting({
    schema: oneOf(updateChannels),
    fallback: 'stable',
    description: 'Which versions of the app to take: finished ones, or those before them, too.',
  }),
  theme: setting({
    schema: oneOf(['system', 'light', 'dark']),
    fallback: 'system',
    description: 'Colours of the window.',
  }),
  language: setting({
    schema: oneOf(['system', 'en', 'de', 'es', 'tr', 'zh']),
    fallback: 'system',
    description: 'Language of the window and the tray. The system’s, where Driad speaks it.',
  }),
  notifications: setting({
    schema: list(oneOf(notificationKinds), notificationKinds.length, 'trouble'),
    // Rules that pause it do so daily, and are its operator's own.
    fallback: notificationKinds.filter((kind) => kind !== 'pauses'),
    description: 'What the app tells of by the system’s notifications.',
  }),
  promptMicroPer1k: setting({
    schema: price,
    fallback: 10_000n,
    description: 'Price of 1,000 prompt tokens, for models without a price of their own.',
    unit: 'micro-credits',
  }),
  completionMicroPer1k: setting({
    schema: price,
    fallback: 40_000n,
    description: 'Price of 1,000 generated tokens, for models without a price of their own.',
    unit: 'micro-credits',
  }),
  payoutAddress: setting({
    schema: payoutAddressSchema,
    fallback: '',
    description:
      'Where you want to be paid: an address or an account, without spaces. Everybody can see it. Nothing here pays it: it tells those who do.',
  }),
  unpaidStartMicro: setting({
    schema: money(AMOUNT_MICRO),
    fallback: defaultExposureBounds.startMicro,
    description:
      'Work that a new requester may leave without a receipt. It grows by a quarter of what the requester signs for, and shrinks by twice what it never does.',
    unit: 'micro-credits',
  }),
  unpaidMaxMicro: setting({
    schema: money(AMOUNT_MICRO),
    fallback: defaultExposureBounds.maxMicro,
    description: 'Work that any requester may leave without a receipt, however good its history.',
    unit: 'micro-credits',
  }),
  unpaidStrangersMicro: setting({
    schema: money(AMOUNT_MICRO),
    fallback: defaultExposureBounds.strangersMicro,
    description:
      'Work that all requesters who never signed a receipt may leave without one, together, in a day.',
    unit: 'micro-credits',
  }),
  statementDays: setting({
    schema: whole(0, 366),
    fallback: 30,
    description:
      'How often statements of what each requester owes are written to the folder statements, by whole days. 0 is never.',
    unit: 'days',
  }),
  tools: setting({
    schema: list(oneOf(switchableTools), switchableTools.length, 'duckduckgo'),
    fallback: [],
    description:
      'Tools that workflows may use. Their requests go out from this computer, to public addresses only.',
  }),
  toolEndpoints: setting({
    schema: z.partialRecord(
      z.enum(toolNames),
      webAddress,
      `addresses by the name of a tool (${toolNames.join(', ')}), such as {"jina":"https://reader.example.org"}`,
    ),
    fallback: {},
    description: 'Addresses of services of your own for tools; they may be on this computer.',
  }),
  devices: setting({
    schema: z.union(
      [
        z.literal('auto'),
        z.array(deviceId).min(1, DEVICES_WORDS).max(16, '16 of them at most').refine(cpuAlone, CPU_ALONE),
      ],
      DEVICES_WORDS,
    ),
    fallback: 'auto',
    description: 'What models are computed on: the best device that there is, or these and no other.',
  }),
  cpuFallback: setting({
    schema: onOff,
    // Off: who chose a GPU, or had one, is to hear that it is gone. A node on its processor misses deadlines and earns little.
    fallback: false,
    description:
      'Compute on the processor while the GPU is missing, instead of suspending its models until it is back.',
  }),
  softwareDevices: setting({
    schema: onOff,
    fallback: false,
    description: 'Count processors in the guise of a GPU (llvmpipe) among the GPUs. For tests.',
  }),
  modelFolders: setting({
    schema: list(
      text(4096).refine(isAbsolute, { error: 'the full path of a folder' }),
      64,
      '/home/me/models',
    ),
    fallback: [],
    description: 'Further folders that are looked into for models. Nothing in them is changed.',
    unit: 'folder',
  }),
  catalogueUrl: setting({
    schema: z.union([z.literal(''), httpUrl(CATALOGUE_WORDS)], CATALOGUE_WORDS),
    // Nobody publishes one yet.
    fallback: '',
    description:
      'Where newer catalogues of models are fetched, once a day; their signature is at the same address with .sig. Empty: never.',
    unit: 'address',
  }),
  catalogueKey: setting({
    schema: z.union([z.literal(''), z.string().regex(/^[A-Za-z0-9+/]{43}=$/, KEY_WORDS)], KEY_WORDS),
    fallback: '',
    description: 'The public key that fetched catalogues of models must be signed with.',
    unit: 'base64',
  }),
  mailboxBytes: setting({
    schema: whole(0, 2 ** 40),
    fallback: 64_000_000,
    description:
      'How much this node keeps for others: results of nodes that went away before their requesters came back, encrypted to these. 0 keeps none.',
    unit: 'bytes',
  }),
  verifyShare: setting({
    schema: z.number('a number from 0 to 1').min(0, 'a number from 0 to 1').max(1, 'a number from 0 to 1'),
    fallback: 0.1,
    description:
      'Which part of the results of tasks that you publish is checked before it is paid. New nodes are checked more often, trusted ones less. 0 is never, 1 is each.',
    holds: 'join',
  }),
  verifyModels: setting({
    schema: list(
      text(4096).refine(isAbsolute, { error: 'the full path of a file' }),
      16,
      '/home/me/models/llama.gguf',
    ),
    fallback: [],
    description:
      'Model files of this computer to check results with, for programs that only publish. A node checks with the models that it serves.',
    unit: 'file',
    holds: 'start',
  }),
  verifyOnNodes: setting({
    schema: onOff,
    // Off: it shows prompts and answers to one more stranger, and costs.
    fallback: false,
    description:
      'Have another node look at results that cannot be checked on this computer. It sees prompt and answer, and is paid for reading them.',
    holds: 'join',
  }),
  logLevel: setting({
    schema: oneOf(logLevels),
    fallback: 'info',
    description: 'The least important lines that are still logged.',
  }),
  modelEndpoint: setting({
    schema: webAddress,
    fallback: DEFAULT_MODEL_ENDPOINT,
    description: 'Where models are fetched from: Hugging Face, or a server that answers as it does.',
  }),
  modelMirrors: setting({
    schema: list(webAddress, 8, 'https://models.example.org'),
    fallback: [],
    description: 'Servers with the same models, tried in this order where the first one fails.',
  }),
  proxy: setting({
    schema: z.union([oneOf(['system', 'none']), httpUrl(PROXY_WORDS)], PROXY_WORDS),
    fallback: 'system',
    description: "How models are fetched: by the system's proxy, by none, or by the one at this address.",
  }),
  downloadBytesPerSecond: setting({
    schema: whole(0, 1e12),
    fallback: 0,
    description: 'How fast all downloads together may be. 0 sets no limit.',
    unit: 'bytes per second',
  }),
  downloadsAtOnce: setting({
    schema: whole(1, 8),
    fallback: 2,
    description: 'How many models are downloaded at the same time.',
    unit: 'models',
  }),
} as const

export type SettingKey = keyof typeof settingDefinitions

/** Every setting with its value, checked. */
export type SettingValues = {
  readonly [Key in SettingKey]: Readonly<z.output<(typeof settingDefinitions)[Key]['schema']>>
}

/** What a caller may hand to `set`: some of the settings, money also as a string of digits. */
export type SettingsPatch = {
  readonly [Key in SettingKey]?: Readonly<z.input<(typeof settingDefinitions)[Key]['schema']>>
}

export const settingKeys = Object.keys(settingDefinitions) as SettingKey[]

/** What the operator likes, and not how far things are. */
export function isPreference(key: SettingKey): boolean {
  return !('momentary' in settingDefinitions[key])
}

export function isSettingKey(key: string): key is SettingKey {
  return Object.hasOwn(settingDefinitions, key)
}

function isAddress(text: string): boolean {
  try {
    return isMultiaddr(multiaddr(text)) && text.startsWith('/')
  } catch {
    return false
  }
}
