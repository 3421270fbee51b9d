import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import { v7 as uuidv7 } from 'uuid'
import { ignoredWords } from '../../locales/words/device-words.ts'
import { type DataFolder, openDataFolder } from '../../node/data-folder.ts'
import type { DeviceChoice } from '../../node/inference/devices/choose-devices.ts'
import { DeviceRows } from '../../node/inference/devices/device-rows.ts'
import { openDevices } from '../../node/inference/devices/open-devices.ts'
import type { LogLevel } from '../../node/logs/contract.ts'
import { createLogger } from '../../node/logs/create-logger.ts'
import { openSettings } from '../../node/settings/settings.ts'
import { isFolderHeld } from '../../node/store/folder-lock.ts'
import { openStore } from '../../node/store/open-store.ts'
import type { BackendView, DevicesView, DeviceView } from '../../protocol/device-views.ts'
import { DriadError, isDriadErrorCode } from '../../protocol/errors.ts'
import type { CliHost } from '../host.ts'
import { dataDirOption, deviceIds } from '../options.ts'
import type { CommandContext } from '../program.ts'

/** A trial of a suspect device may be under way in the node; see the limits of probes. Milliseconds. */
const ANSWER_TIMEOUT_MS = 5 * 60_000
const ANSWER_POLL_MS = 100

interface DevicesFlags {
  readonly dataDir?: string
  readonly probe?: boolean
  readonly use?: DeviceChoice
  readonly cpuFallback?: 'on' | 'off'
  readonly json?: boolean
  readonly logLevel?: LogLevel
}

export function addDevicesCommand(program: Command, context: CommandContext): void {
  program
    .command('devices')
    .description('list what models can be computed on, and what is chosen')
    .option('--probe', 'have the running node look again: what is back is used, what is gone suspends models')
    .addOption(
      new Option(
        '--use <ids>',
        'compute on these from now on: ids separated by commas, or auto, or cpu',
      ).argParser(deviceIds),
    )
    .addOption(
      new Option(
        '--cpu-fallback <on|off>',
        'whether the processor takes over while a GPU is missing',
      ).choices(['on', 'off']),
    )
    .addOption(dataDirOption())
    .action(async (flags: DevicesFlags) => {
      const folder = openDataFolder(flags.dataDir)
      const view = isFolderHeld(folder.nodeLockPath)
        ? await ofRunningNode(folder, flags)
        : await ofFolder(context.host, folder, flags)
      context.output(flags).result(view, devicesText(view))
    })
}

/** What the node on this folder says, after it did what is asked for. Throws `deadline_exceeded` where it does not answer. */
async function ofRunningNode(folder: DataFolder, flags: DevicesFlags): Promise<DevicesView> {
  const store = openStore({ path: folder.databasePath })
  try {
    const rows = new DeviceRows(store)
    const { probe = false, use, cpuFallback } = flags
    const known = rows.view()
    if (!probe && use === undefined && cpuFallback === undefined && known?.probedAtMs !== undefined)
      return known
    const id = uuidv7()
    await rows.ask({
      id,
      probe: probe || known?.probedAtMs === undefined,
      ...(use !== undefined && { devices: use }),
      ...(cpuFallback !== undefined && { cpuFallback: cpuFallback === 'on' }),
    })
    const deadline = performance.now() + ANSWER_TIMEOUT_MS
    while (rows.answer()?.id !== id) {
      if (performance.now() > deadline || !isFolderHeld(folder.nodeLockPath)) {
        throw new DriadError('deadline_exceeded', 'The node that runs on this data folder does not answer')
      }
      await sleep(ANSWER_POLL_MS)
    }
    const error = rows.answer()?.error
    if (error !== undefined) {
      throw new DriadError(isDriadErrorCode(error.code) ? error.code : 'internal', error.message)
    }
    const view = rows.view()
    if (view === undefined) throw new DriadError('internal', 'The node has kept no list of its devices')
    return view
  } finally {
    await store.close()
  }
}

/** No node runs: the command looks itself. */
async function ofFolder(host: CliHost, folder: DataFolder, flags: DevicesFlags): Promise<DevicesView> {
  const logs = createLogger({ level: flags.logLevel ?? 'error', destinations: { stderr: 'pretty' } })
  const store = openStore({ path: folder.databasePath })
  const settings = openSettings({ store, logger: logs.logger })
  const devices = openDevices({
    launch: host.inferenceLauncher(logs.logger),
    store,
    settings,
    logger: logs.logger,
  })
  try {
    await devices.choose({
      devices: flags.use,
      ...(flags.cpuFallback !== undefined && { cpuFallback: flags.cpuFallback === 'on' }),
    })
    return await devices.probe('asked')
  } finally {
    await devices.stop()
    await store.close()
    await logs.close()
  }
}

function devicesText(view: DevicesView): string {
  const { use, choice } = view
  const chosen = choice === 'auto' ? 'auto (the best there is)' : choice.join(', ')
  const used = use.devices.length === 0 ? '' : ` on ${use.devices.join(', ')}`
  return [
    ...view.devices.map(deviceText),
    ...view.backends.filter(({ reason }) => reason !== undefined).map(backendText),
    `choice: ${chosen}; the processor ${view.cpuFallback ? 'takes over' : 'does not take over'} while a GPU is missing`,
    `models: ${use.state}${used}${use.reason === undefined ? '' : `: ${use.reason}`}`,
  ].join('\n')
}

function deviceText(device: DeviceView): string {
  const { id, name, kind, totalBytes, freeBytes, driver, driverVersion, chosen, ignoredBecause, fault } =
    device
  const drivers = [driver, driverVersion].filter((part) => part !== undefined).join(' ')
  return [
    `${chosen ? '*' : ' '} ${id.padEnd(10)} ${name}, ${kind}, ${gigabytes(freeBytes)} of ${gigabytes(totalBytes)} free`,
    drivers === '' ? '' : `, driver ${drivers}`,
    ignoredBecause === undefined || chosen || kind === 'cpu'
      ? ''
      : `\n               not used: ${fault ?? ignoredWords(ignoredBecause)}`,
  ].join('')
}

function backendText({ backend, available, reason }: BackendView): string {
  return `  ${backend.padEnd(10)} ${available ? 'there' : 'not there'}: ${reason}`
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GB`
}
