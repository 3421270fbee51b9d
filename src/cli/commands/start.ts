import { type Command, Option } from 'commander'
import type { ComputeNode } from '../../node/compute-node/compute-node.ts'
import { createComputeNode } from '../../node/compute-node/create-compute-node.ts'
import { type DataFolder, openDataFolder } from '../../node/data-folder.ts'
import type { DeviceChoice } from '../../node/inference/devices/choose-devices.ts'
import type { LogLevel } from '../../node/logs/contract.ts'
import { createLogger, type Logs } from '../../node/logs/create-logger.ts'
import { lossText } from '../../node/recovery/recovery-text.ts'
import { followLogLevel } from '../../node/settings/follow-log-level.ts'
import { DriadError } from '../../protocol/errors.ts'
import { builtInModelPath, type CliHost } from '../host.ts'
import { type ModelFlag, modelFlag } from '../model-flag.ts'
import {
  bootstrapOption,
  collect,
  dataDirOption,
  deviceOption,
  listenOption,
  networkKeyOption,
  networkOption,
  noMdnsOption,
} from '../options.ts'
import type { Output } from '../output.ts'
import type { CommandContext } from '../program.ts'

const LONG_MS = 24 * 3_600_000

/** Longest that running tasks may take to end after SIGTERM. */
const DRAIN_MS = 30_000

/** So often a database may turn out to be damaged in one run of the program. */
const MOST_STARTS = 3

interface RunParts {
  readonly host: CliHost
  readonly folder: DataFolder
  readonly logs: Logs
  readonly stopRequest: ReturnType<typeof untilSignal>
}

interface StartFlags {
  readonly dataDir?: string
  readonly network?: string
  readonly listen?: string[]
  readonly bootstrap?: string[]
  readonly mdns: boolean
  readonly networkKey?: string
  readonly announce?: string[]
  readonly upnp: boolean
  readonly relay?: true
  readonly bootstrapOnly?: true
  readonly device?: DeviceChoice
  readonly model?: ModelFlag[]
  readonly safeMode?: boolean
  readonly json?: boolean
  readonly logLevel?: LogLevel
}

export function addStartCommand(program: Command, context: CommandContext): void {
  program
    .command('start')
    .description('run a node without a window, until SIGTERM or Ctrl-C')
    .addOption(dataDirOption())
    .addOption(networkOption())
    .addOption(listenOption())
    .addOption(bootstrapOption())
    .addOption(noMdnsOption())
    .addOption(networkKeyOption())
    .addOption(
      new Option(
        '--announce <multiaddr>',
        'an address at which others reach this node (repeatable)',
      ).argParser(collect),
    )
    .addOption(new Option('--no-upnp', 'do not ask the router to forward ports'))
    .addOption(
      new Option('--relay', 'serve nodes behind routers as a relay; for computers with a public address'),
    )
    .addOption(
      new Option('--bootstrap-only', 'be a relay and a node to start from, and serve no models').conflicts([
        'model',
        'device',
      ]),
    )
    .addOption(deviceOption())
    .addOption(
      new Option('--model <file[=name]>', 'serve this GGUF file, too (repeatable)').argParser(
        (text: string, earlier: ModelFlag[] | undefined) => [...(earlier ?? []), modelFlag(text)],
      ),
    )
    .addOption(
      new Option('--safe-mode', 'load nothing and join nothing: to look at what is wrong, and to mend it'),
    )
    .addOption(new Option('--no-safe-mode', 'start normally, also after crashes'))
    .action((flags: StartFlags) => start(flags, context.host, context.output(flags)))
}

async function start(flags: StartFlags, host: CliHost, output: Output): Promise<void> {
  const folder = openDataFolder(flags.dataDir)
  const logs = createLogger({
    level: flags.logLevel ?? 'info',
    destinations: { stderr: 'pretty', folder: folder.logsFolder },
  })
  const stopRequest = untilSignal()
  try {
    // A database that turns out to be damaged is mended at a start.
    for (
      let starts = 1;
      (await run(flags, output, { host, folder, logs, stopRequest })) === 'damaged';
      starts++
    ) {
      if (starts === MOST_STARTS)
        throw new DriadError('store_corrupt', 'The database keeps becoming damaged. Check the disk')
    }
    output.result({ event: 'stopped' }, 'Stopped')
  } finally {
    stopRequest.release()
    await logs.close()
  }
}

/** One start, to its end. */
async function run(
  flags: StartFlags,
  output: Output,
  { host, folder, logs, stopRequest }: RunParts,
): Promise<'stopped' | 'damaged'> {
  const startedAtMs = Date.now()
  const node = await createComputeNode(
    {
      folder,
      builtInModelPath: builtInModelPath(),
      models: flags.model ?? [],
      bootstrapOnly: flags.bootstrapOnly === true,
      safeMode: flags.safeMode === undefined ? 'auto' : flags.safeMode ? 'on' : 'off',
      overrides: {
        network: flags.network,
        listen: flags.listen,
        bootstrap: flags.bootstrap,
        mdns: flags.mdns,
        networkKeyFile: flags.networkKey,
        announce: flags.announce,
        relay: flags.relay,
        // The flag can only turn it off: the setting holds otherwise.
        upnp: flags.upnp ? undefined : false,
        devices: flags.device,
      },
    },
    {
      logger: logs.logger,
      history: logs.history,
      ...(host.vault !== undefined && { vault: host.vault }),
      launchInference: host.inferenceLauncher(logs.logger),
    },
  )
  followLogLevel({ settings: node.settings, logs }, flags.logLevel)
  const noteFatal = (error: unknown) => node.recovery.fatal(error)
  try {
    process.on('uncaughtExceptionMonitor', noteFatal)
    const damaged = untilDamaged(node)
    announceRecovery(node, output, startedAtMs)
    await node.start()
    if (node.recovery.safeMode === undefined) {
      await node.join()
      announceReady(node, output)
    }
    const stopEvents = output.json ? printEvents(node, output) : () => undefined
    const end = await Promise.race([stopRequest.received, damaged])
    if (end === 'damaged') {
      const reason = node.recovery.view().damage?.reason
      output.result(
        { event: 'damaged', reason },
        `The database is damaged (${reason}); it starts again to mend it`,
      )
    } else {
      output.note(`${end}: finishing what runs, then leaving`)
      await node.leave({ drainMs: DRAIN_MS })
    }
    stopEvents()
    return end === 'damaged' ? 'damaged' : 'stopped'
  } finally {
    process.off('uncaughtExceptionMonitor', noteFatal)
    await node.stop({ drainMs: 0 })
  }
}

function untilDamaged(node: ComputeNode): Promise<'damaged'> {
  return new Promise((resolve) => {
    const look = () => {
      if (node.recovery.view().damage !== null) resolve('damaged')
    }
    node.recovery.onChange(look)
    look()
  })
}

/** What was mended at this start, and why it is a safe one, with the ways out. */
function announceRecovery(node: ComputeNode, output: Output, startedAtMs: number): void {
  const { notes, safeMode } = node.recovery.view()
  for (const note of notes.filter(({ atMs }) => atMs >= startedAtMs).toReversed()) {
    const kept = note.keptPath === undefined ? '' : `. What was damaged lies in ${note.keptPath}`
    output.result({ event: 'recovered', ...note }, `${note.reason}. ${lossText(note)}${kept}`)
  }
  if (safeMode === null) return
  const { cause, crashes, lastLines } = safeMode
  output.result(
    {
      event: 'safe_mode',
      ...safeMode,
      peerId: node.identity.peerId,
      addresses: [],
      models: [],
      dataDir: node.dataDir,
      pid: process.pid,
    },
    [
      cause === 'asked'
        ? 'Safe mode, as asked'
        : `Safe mode: the last ${crashes} runs ended soon after their start`,
      ...(lastLines.length === 0 && cause === 'crashes'
        ? ['  The last one left no word: it was killed, or the computer went down']
        : lastLines.map((line) => `  ${line}`)),
      'Nothing is loaded, and the network is not joined. End it with Ctrl-C, then',
      '  driad start                 starts normally',
      '  driad start --device cpu    starts without the GPU',
      '  driad backup restore        puts the newest backup in the place of the database',
      '  driad settings reset --all  puts every setting to its default',
    ].join('\n'),
  )
}

/** The first line of output: who this node is, where, and what it serves; then what it could not load. */
function announceReady(node: ComputeNode, output: Output): void {
  const { peerId, addresses, network } = node.status()
  const views = node.models.list()
  const models = views.filter((model) => model.state === 'ready').map((model) => model.name)
  output.result(
    { event: 'ready', peerId, network, addresses, models, dataDir: node.dataDir, pid: process.pid },
    [
      `Online as ${peerId}, on the network ${network}`,
      `serving ${models.length === 0 ? 'no model' : models.join(', ')}`,
      ...addresses.map((address) => `  ${address}`),
    ].join('\n'),
  )
  for (const { name, path, state, error } of views) {
    if (error === undefined) continue
    const suspended = state === 'suspended'
    output.result(
      { event: suspended ? 'model_suspended' : 'model_failed', name, path, error },
      `The model ${name} (${path}) ${suspended ? 'is suspended' : 'failed to load'}: ${error.message} (${error.code})`,
    )
  }
}

/** Each change of a task, of inference and of the ledger as a line of JSON. */
function printEvents(node: ComputeNode, output: Output): () => void {
  let inference = ''
  const tellInference = () => {
    const state = node.inference()
    const key = `${state.state} ${state.pid}`
    if (key === inference) return
    inference = key
    output.result({ event: 'inference', ...state }, '')
  }
  let devices = ''
  const tellDevices = () => {
    const { use } = node.devices.view()
    const key = JSON.stringify(use)
    if (key === devices) return
    devices = key
    output.result({ event: 'devices', ...use }, '')
  }
  let pause = ''
  const tellPause = () => {
    const guest = node.guest.view()
    const key = JSON.stringify(guest)
    if (key === pause) return
    pause = key
    output.result({ event: 'guest', ...guest }, '')
  }
  const states = new Map<string, string>()
  const stops = [
    node.tasks.onChange(({ taskId, state, role, model, counterparty, stats, amountMicro, error }) => {
      if (states.get(taskId) === state) return
      states.set(taskId, state)
      if (states.size > MAX_REMEMBERED_STATES) states.delete(states.keys().next().value ?? '')
      const micro = amountMicro === undefined ? {} : { amountMicro: BigInt(amountMicro) }
      output.result({ event: 'task', taskId, role, state, model, counterparty, stats, ...micro, error }, '')
    }),
    node.ledger.onEntry(({ seq, taskId, direction, amountMicro, counterparty, hash }) => {
      output.result({ event: 'ledger', seq, taskId, direction, amountMicro, counterparty, hash }, '')
    }),
    node.onStatus(tellInference),
    node.onStatus(tellPause),
    node.devices.onChange(tellDevices),
  ]
  tellInference()
  tellDevices()
  tellPause()
  return () => {
    for (const stop of stops) stop()
  }
}

/** States of so many tasks are kept to tell a change from a repetition. */
const MAX_REMEMBERED_STATES = 10_000

/** Resolves at the first SIGTERM or SIGINT; the second one ends the process at once. */
function untilSignal(): { received: Promise<NodeJS.Signals>; release: () => void } {
  const signals = ['SIGTERM', 'SIGINT'] as const
  let count = 0
  let resolve: (signal: NodeJS.Signals) => void
  const received = new Promise<NodeJS.Signals>((settle) => {
    resolve = settle
  })
  const onSignal = (signal: NodeJS.Signals) => {
    count += 1
    if (count > 1) process.exit(1)
    resolve(signal)
  }
  for (const signal of signals) process.on(signal, onSignal)
  // In safe mode nothing else would keep the process.
  const alive = setInterval(() => undefined, LONG_MS)
  return {
    received,
    release: () => {
      clearInterval(alive)
      for (const signal of signals) process.off(signal, onSignal)
    },
  }
}
