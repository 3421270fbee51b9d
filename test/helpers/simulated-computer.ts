import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { createClient, type MessageBus } from 'dbus-native'

/** What the kernel shows of batteries and of heat. */
const POWER_FOLDER = '/sys/class/power_supply'
const HEAT_FOLDER = '/sys/class/thermal'
const PROGRAMS = ['unshare', 'dbus-daemon', 'xdotool', 'xprop', 'xwininfo']
const LOGIN_NAME = 'org.freedesktop.login1'
const LOGIN_PATH = '/org/freedesktop/login1'
const BUS_TIMEOUT_MS = 30_000

export interface Power {
  readonly plugged: boolean
  /** 0 to 100. */
  readonly percent: number
}

/**
 * A laptop, as its system shows it to a program that is started in it: files of the kernel, in a mount namespace; signals of
 * logind, on a system bus of its own; input by XTEST, on the display of the tests. The program cannot tell it from a real one.
 */
export interface SimulatedComputer extends AsyncDisposable {
  /** Put before a command, it runs the command in this computer, in the same process. */
  readonly within: readonly string[]
  readonly env: NodeJS.ProcessEnv
  setPower(power: Power): void
  /** Of the processor. */
  setCelsius(celsius: number): void
  /** Its user touches a key. */
  touch(): void
  /** Tells programs that it is about to sleep, or has woken up. */
  announceSleep(sleeps: boolean): void
}

/** Undefined where a computer can be simulated here; else why it cannot. */
export function whyNoSimulatedComputer(): string | undefined {
  if (process.platform !== 'linux') return 'computers are simulated on Linux only'
  if (userInfo().uid !== 0) return 'only root can make mount namespaces'
  const missing = PROGRAMS.filter((name) => spawnSync('which', [name], { stdio: 'ignore' }).status !== 0)
  if (missing.length > 0)
    return `${missing.join(', ')} missing (Debian: util-linux dbus-daemon xdotool x11-utils)`
  const hidden = [POWER_FOLDER, HEAT_FOLDER].filter((folder) => !existsSync(folder))
  if (hidden.length > 0) return `this system has no ${hidden.join(', ')}`
  const tried = spawnSync('unshare', ['--mount', 'mount', '--bind', '/tmp', POWER_FOLDER], {
    encoding: 'utf8',
  })
  return tried.status === 0 ? undefined : `the system refuses: ${tried.stderr.trim()}`
}

/** On mains, with a full battery, cool, and awake. Keeps its files in that folder, which it makes. */
export async function simulateComputer(folder: string): Promise<SimulatedComputer> {
  const power = join(folder, 'power_supply')
  const heat = join(folder, 'thermal')
  const bus = await startSystemBus(folder)
  const write = (path: string, values: Readonly<Record<string, string | number>>) => {
    mkdirSync(path, { recursive: true })
    for (const [name, value] of Object.entries(values)) {
      // A reader finds the old one or the new one, as in the kernel's own files.
      writeFileSync(join(path, `.${name}`), `${value}\n`)
      renameSync(join(path, `.${name}`), join(path, name))
    }
  }
  const setPower = ({ plugged, percent }: Power) => {
    write(join(power, 'AC'), { type: 'Mains', online: plugged ? 1 : 0 })
    const status = plugged ? 'Charging' : 'Discharging'
    write(join(power, 'BAT0'), { type: 'Battery', status, capacity: percent, energy_full: 50_000_000 })
  }
  const setCelsius = (celsius: number) =>
    write(join(heat, 'thermal_zone0'), { type: 'x86_pkg_temp', temp: celsius * 1_000 })
  setPower({ plugged: true, percent: 100 })
  setCelsius(45)
  const script = `mount --bind "$0" ${POWER_FOLDER} && mount --bind "$1" ${HEAT_FOLDER} && shift && exec "$@"`
  return {
    within: ['unshare', '--mount', 'sh', '-c', script, power, heat],
    env: { DBUS_SYSTEM_BUS_ADDRESS: bus.address },
    setPower,
    setCelsius,
    touch: () => void execFileSync('xdotool', ['key', 'Shift_L']),
    announceSleep: (sleeps) =>
      bus.client.sendSignal(LOGIN_PATH, `${LOGIN_NAME}.Manager`, 'PrepareForSleep', 'b', [sleeps]),
    [Symbol.asyncDispose]: () => bus.stop(),
  }
}

interface SystemBus {
  readonly address: string
  /** Has the name of logind. It grants nobody a delay of sleep: whoever asks gets an error, as under other init systems. */
  readonly client: MessageBus
  stop(): Promise<void>
}

async function startSystemBus(folder: string): Promise<SystemBus> {
  mkdirSync(folder, { recursive: true })
  const configPath = join(folder, 'bus.conf')
  const socketPath = join(folder, 'bus')
  rmSync(socketPath, { force: true })
  writeFileSync(configPath, busConfig(socketPath))
  const args = ['--nofork', '--nopidfile', '--print-address=1', `--config-file=${configPath}`]
  const daemon = spawn('dbus-daemon', args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => daemon.once('close', resolve))
  const kill = () => daemon.kill('SIGKILL')
  process.once('exit', kill)
  const stop = async () => {
    kill()
    await ended
    process.off('exit', kill)
  }
  try {
    await addressOf(daemon)
    const address = `unix:path=${socketPath}`
    const client = createClient({ busAddress: address })
    client.connection.on('error', () => undefined) // it breaks off when the daemon is killed
    await client.requestName(LOGIN_NAME, 0)
    return {
      address,
      client,
      stop: async () => {
        client.connection.end()
        await stop()
      },
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}

/** The daemon prints it when it listens. */
async function addressOf(daemon: ChildProcess): Promise<string> {
  if (daemon.stdout === null) throw new Error('The output of dbus-daemon is not read')
  const signal = AbortSignal.timeout(BUS_TIMEOUT_MS)
  const [line] = await Promise.race([
    once(daemon.stdout, 'data', { signal }),
    once(daemon, 'close', { signal }).then(([code]) => {
      throw new Error(`dbus-daemon ended, exit code ${code}`)
    }),
  ])
  return String(line).trim()
}

/** Everybody may say everything: it is a bus of one program and its test. */
function busConfig(socketPath: string): string {
  return `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=${socketPath}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
`
}
