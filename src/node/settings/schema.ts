import { isAbsolute } from 'node:path'
import { isMultiaddr, multiaddr } from '@multiformats/multiaddr'
import { z } from 'zod'
import { DEVICE_ID_PATTERN } from '../../protocol/device-views.ts'
import { parseWeekHours, WEEK_HOURS_LENGTH } from '../../protocol/guest/week-hours.ts'
import { switchableTools, toolNames } from '../../protocol/tools.ts'
import { networkNameSchema, payoutAddressSchema } from '../../protocol/wire/checks.ts'
import { ADDRESS_LENGTH, AMOUNT_MICRO, PRICE_MICRO_PER_1K } from '../../protocol/wire/limits.ts'
import { defaultExposureBounds } from '../exposure/exposure-rule.ts'
import { logLevels } from '../logs/log-line.ts'
import { isPeerRule } from '../network/peer-rules.ts'

/** JSON has no bigint, so money is stored, and may be given, as a string of digits. */
function money(maxMicro: bigint) {
  return z
    .union(
      [
        z.bigint(),
        z
          .string()
          .regex(/^\d{1,19}$/, 'a whole number of micro-credits')
          .transform(BigInt),
      ],
      {
        error: 'a whole number of micro-credits, as a bigint or a string of digits',
      },
    )
    .refine((value) => value >= 0n && value <= maxMicro, { error: `0 to ${maxMicro} micro-credits` })
}

const price = money(PRICE_MICRO_PER_1K)

const address = z
  .string()
  .max(ADDRESS_LENGTH)
  .refine(isAddress, { error: 'a multiaddr such as /ip4/0.0.0.0/tcp/4001' })

const peerAddress = address.refine((text) => text.includes('/p2p/'), {
  error: 'a multiaddr that ends in /p2p/ and a peer id',
})

const peerRule = z.string().max(128).refine(isPeerRule, {
  error: 'a peer id, an IP address, or a network such as 192.0.2.0/24',
})

/** As `driad devices` shows them. */
const deviceId = z
  .string()
  .regex(DEVICE_ID_PATTERN, 'a device id such as vulkan:0, or cpu (see driad devices)')
const cpuAlone = (ids: readonly string[]) => ids.length === 1 || !ids.includes('cpu')
const CPU_ALONE = { error: 'cpu alone, or GPUs' }

/** Where Hugging Face's own tools fetch from. */
export const DEFAULT_MODEL_ENDPOINT = 'https://huggingface.co'
const webAddress = z
  .url({ protocol: /^https?$/, error: 'an address that begins with https:// or http://' })
  .max(512)

const unixMs = z.int().min(0).max(8.64e15)
const schedule = z
  .string()
  .trim()
  .max(WEEK_HOURS_LENGTH)
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
    schema: z.array(address).max(16),
    // Port 0 lets the system choose, so that several nodes fit on one computer. Behind a port forwarding, set a fixed one.
    fallback: ['/ip4/0.0.0.0/tcp/0', '/ip4/0.0.0.0/tcp/0/ws', '/ip6/::/tcp/0', '/ip6/::/tcp/0/ws'],
    description: 'Addresses to listen on, as multiaddrs. Port 0 lets the system choose.',
    unit: 'multiaddr',
    holds: 'join',
  }),
  bootstrap: setting({
    schema: z.array(peerAddress).max(64),
    fallback: [],
    description: 'Peers to connect to first, as multiaddrs with their peer id.',
    unit: 'multiaddr',
    holds: 'join',
  }),
  announce: setting({
    schema: z.array(address).max(8),
    fallback: [],
    description:
      'Addresses at which others reach this node, besides those that it finds itself: behind a forwarded port, or a name.',
    unit: 'multiaddr',
    holds: 'join',
  }),
  relay: setting({
    schema: z.boolean(),
    fallback: false,
    description: 'Serve nodes behind routers as a relay. For computers with a public address.',
    holds: 'join',
  }),
  upnp: setting({
    schema: z.boolean(),
    fallback: true,
    description: 'Ask the router to forward the ports that this node listens on.',
    holds: 'join',
  }),
  networkKeyFile: setting({
    schema: z
      .string()
      .max(4096)
      .refine((path) => path === '' || isAbsolute(path), { error: 'an absolute path, or nothing' }),
    fallback: '',
    description: 'File with the key of a private network (driad network key). Empty: an open network.',
    holds: 'join',
  }),
  allowedPeers: setting({
    schema: z.array(peerRule).max(1024),
    fallback: [],
    description:
      'Peers that are always let in and never limited, by peer id, IP address or network such as 192.0.2.0/24.',
  }),
  deniedPeers: setting({
    schema: z.array(peerRule).max(1024),
    fallback: [],
    description:
      'Peers that are never talked to, by peer id, IP address or network. A rule for a peer counts more than one for its address.',
  }),
  slots: setting({
    schema: z.int().min(1).max(64),
    fallback: 4,
    description: 'How many tasks run at the same time on each model.',
    unit: 'tasks',
  }),
  memoryBudgetBytes: setting({
    schema: z
      .int()
      .min(0)
      .max(2 ** 50),
    fallback: 0,
    description:
      'Memory that all loaded models may take together. Models that do not fit are loaded when they are asked for, in place of others. 0 is all that is free, less what is to stay free.',
    unit: 'bytes',
  }),
  idleUnloadMs: setting({
    schema: z
      .int()
      .min(0)
      .max(7 * 24 * 3_600_000),
    fallback: 0,
    description:
      'How long after its last task a model is unloaded; it is loaded again at the next one. 0 is never.',
    unit: 'milliseconds',
  }),
  memoryReserveBytes: setting({
    schema: z
      .int()
      .min(0)
      .max(2 ** 50)
      .nullable(),
    fallback: null,
    description:
      'Memory that models leave free for the rest of the computer. Where it is not set, a seventh of all, from 0.5 to 4 GB.',
    unit: 'bytes',
  }),
  operatorWish: setting({
    schema: z.discriminatedUnion('act', [
      z.object({ act: z.literal('rules') }),
      z.object({ act: z.literal('pause'), untilMs: unixMs.optional() }),
      z.object({ act: z.literal('serve'), untilMs: unixMs }),
    ]),
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
    schema: z
      .int()
      .min(0)
      .max(24 * 3_600_000)
      .refine((ms) => ms === 0 || ms >= 60_000, { error: '0, or 60000 (a minute) or more' }),
    fallback: 0,
    description: 'Take tasks only once nobody has used this computer for so long. 0 takes them at any time.',
    unit: 'milliseconds',
  }),
  onBattery: setting({
    schema: z.enum(['pause', 'serve']),
    fallback: 'pause',
    description: 'Whether tasks are taken while the computer runs on battery.',
  }),
  batteryLeastPercent: setting({
    schema: z.int().min(0).max(95),
    fallback: 50,
    description: 'Down to which charge tasks are taken on battery, where they are taken on battery at all.',
    unit: 'percent',
  }),
  pausePrograms: setting({
    schema: z.array(z.string().trim().min(1).max(128)).max(64),
    fallback: [],
    description: 'Names of programs, such as blender or game.exe. No tasks are taken while one of them runs.',
    unit: 'program',
  }),
  pauseFullScreen: setting({
    schema: z.boolean(),
    fallback: false,
    description: 'Take no tasks while a program fills the screen, as games and films do.',
  }),
  othersPercent: setting({
    schema: z.int().min(0).max(95),
    fallback: 0,
    description:
      'Take no tasks while other programs use more than that of all processor cores together. 0 does not look.',
    unit: 'percent',
  }),
  maxCelsius: setting({
    schema: z
      .int()
      .min(0)
      .max(110)
      .refine((celsius) => celsius === 0 || celsius >= 40, { error: '0, or 40 to 110' }),
    fallback: 0,
    description: 'Take no tasks while the processor or a GPU is hotter than that. 0 does not look.',
    unit: 'degrees Celsius',
  }),
  computeSharePercent: setting({
    schema: z.int().min(10).max(100),
    fallback: 100,
    description:
      'Share of the time in which models compute; they rest in between. Less makes the computer cooler and quieter, and earns less.',
    unit: 'percent',
  }),
  quietMode: setting({
    schema: z.enum(['off', 'in_use', 'always']),
    fallback: 'off',
    description:
      'Compute for a quarter of the time at most: always, or while somebody uses this computer (and for two minutes after).',
  }),
  joinOnStart: setting({
    schema: z.boolean(),
    // Off until the operator joins for the first time; joining turns it on, leaving turns it off.
    fallback: false,
    description: 'Join the network when the program starts. Joining turns this on, leaving turns it off.',
  }),
  closeToTray: setting({
    schema: z.boolean(),
    fallback: true,
    description: 'Closing the window leaves the node running in the tray.',
  }),
  trayExplained: setting({
    schema: z.boolean(),
    fallback: false,
    description: 'Whether it was said once that closing the window leaves the node running.',
  }),
  startAtLogin: setting({
    schema: z.boolean(),
    fallback: false,
    description: 'Start the app when you log in to this computer.',
  }),
  startHidden: setting({
    schema: z.boolean(),
    fallback: true,
    description: 'Where the app starts at login, start in the tray, without its window.',
  }),
  theme: setting({
    schema: z.enum(['system', 'light', 'dark']),
    fallback: 'system',
    description: 'Colours of the window.',
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
    schema: z.int().min(0).max(366),
    fallback: 30,
    description:
      'How often statements of what each requester owes are written to the folder statements, by whole days. 0 is never.',
    unit: 'days',
  }),
  tools: setting({
    schema: z.array(z.enum(switchableTools)).max(switchableTools.length),
    fallback: [],
    description:
      'Tools that workflows may use. Their requests go out from this computer, to public addresses only.',
  }),
  toolEndpoints: setting({
    schema: z.partialRecord(z.enum(toolNames), z.url({ protocol: /^https?$/ }).max(512)),
    fallback: {},
    description: 'Addresses of services of your own for tools; they may be on this computer.',
  }),
  devices: setting({
    schema: z.union([z.literal('auto'), z.array(deviceId).min(1).max(16).refine(cpuAlone, CPU_ALONE)], {
      error: 'auto, or a list of device ids such as ["vulkan:0"] or ["cpu"]',
    }),
    fallback: 'auto',
    description: 'What models are computed on: the best device that there is, or these and no other.',
  }),
  cpuFallback: setting({
    schema: z.boolean(),
    // Off: who chose a GPU, or had one, is to hear that it is gone. A node on its processor misses deadlines and earns little.
    fallback: false,
    description:
      'Compute on the processor while the GPU is missing, instead of suspending its models until it is back.',
  }),
  softwareDevices: setting({
    schema: z.boolean(),
    fallback: false,
    description: 'Count processors in the guise of a GPU (llvmpipe) among the GPUs. For tests.',
  }),
  modelFolders: setting({
    schema: z.array(z.string().max(4096).refine(isAbsolute, { error: 'the full path of a folder' })).max(64),
    fallback: [],
    description: 'Further folders that are looked into for models. Nothing in them is changed.',
    unit: 'folder',
  }),
  catalogueUrl: setting({
    schema: z.union([z.literal(''), z.url({ protocol: /^https?$/ }).max(512)], {
      error: 'an http or https address, or nothing',
    }),
    // Nobody publishes one yet.
    fallback: '',
    description:
      'Where newer catalogues of models are fetched, once a day; their signature is at the same address with .sig. Empty: never.',
    unit: 'address',
  }),
  catalogueKey: setting({
    schema: z.union([z.literal(''), z.string().regex(/^[A-Za-z0-9+/]{43}=$/)], {
      error: 'an Ed25519 public key: 32 bytes in base64',
    }),
    fallback: '',
    description: 'The public key that fetched catalogues of models must be signed with.',
    unit: 'base64',
  }),
  mailboxBytes: setting({
    schema: z
      .int()
      .min(0)
      .max(2 ** 40),
    fallback: 64_000_000,
    description:
      'How much this node keeps for others: results of nodes that went away before their requesters came back, encrypted to these. 0 keeps none.',
    unit: 'bytes',
  }),
  verifyShare: setting({
    schema: z.number().min(0).max(1),
    fallback: 0.1,
    description:
      'Which part of the results of tasks that you publish is checked before it is paid. New nodes are checked more often, trusted ones less. 0 is never, 1 is each.',
    holds: 'join',
  }),
  verifyModels: setting({
    schema: z.array(z.string().max(4096).refine(isAbsolute, { error: 'the full path of a file' })).max(16),
    fallback: [],
    description:
      'Model files of this computer to check results with, for programs that only publish. A node checks with the models that it serves.',
    unit: 'file',
    holds: 'start',
  }),
  verifyOnNodes: setting({
    schema: z.boolean(),
    // Off: it shows prompts and answers to one more stranger, and costs.
    fallback: false,
    description:
      'Have another node look at results that cannot be checked on this computer. It sees prompt and answer, and is paid for reading them.',
    holds: 'join',
  }),
  logLevel: setting({
    schema: z.enum(logLevels),
    fallback: 'info',
    description: 'The least important lines that are still logged.',
    holds: 'start',
  }),
  modelEndpoint: setting({
    schema: webAddress,
    fallback: DEFAULT_MODEL_ENDPOINT,
    description: 'Where models are fetched from: Hugging Face, or a server that answers as it does.',
  }),
  modelMirrors: setting({
    schema: z.array(webAddress).max(8),
    fallback: [],
    description: 'Servers with the same models, tried in this order where the first one fails.',
  }),
  proxy: setting({
    schema: z.union([z.enum(['system', 'none']), z.url({ protocol: /^https?$/ }).max(512)], {
      error: 'system, none, or an address such as http://host:port',
    }),
    fallback: 'system',
    description: "How models are fetched: by the system's proxy, by none, or by the one at this address.",
  }),
  downloadBytesPerSecond: setting({
    schema: z.int().min(0).max(1e12),
    fallback: 0,
    description: 'How fast all downloads together may be. 0 sets no limit.',
    unit: 'bytes per second',
  }),
  downloadsAtOnce: setting({
    schema: z.int().min(1).max(8),
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
