import type { BackendView, DeviceBackend, GpuBackend } from '../../../protocol/device-views.ts'
import { visibilityVariables } from '../child-environment.ts'
import type { DeviceUse, FoundDevice, ProbeFinding } from '../contract.ts'
import type { Device } from './device.ts'
import { driverVersion, noCudaBecause } from './driver-facts.ts'

/** ggml itself knows no more. */
const MAX_DEVICES = 16
/** Crashes while one backend's devices are counted. */
const MAX_CRASHES = 3

/** Everything that one round of probes found. */
export interface ProbeReport {
  readonly devices: readonly Device[]
  /** One for each backend: whether it has devices, and why not. */
  readonly backends: readonly BackendView[]
}

/** Looks at devices in a process of its own. */
export type Look = (devices: DeviceUse) => Promise<ProbeFinding>

export interface ProbePlace {
  readonly platform?: NodeJS.Platform
  /** Where the operator's own variables that hide devices are. */
  readonly env?: NodeJS.ProcessEnv
  /** Whether processors in the guise of a GPU are looked for where there is no other Vulkan device. */
  readonly software?: boolean
}

/** Probes what is not the processor, each device in a process of its own. Throws nothing but what `look` throws. */
export async function probeGpus(look: Look, place: ProbePlace = {}): Promise<ProbeReport> {
  const { platform = process.platform, env = process.env, software = true } = place
  const reports = await Promise.all([
    platform === 'darwin' ? notHere('cuda', 'CUDA is not there on Macs') : probeCuda(look, env),
    platform === 'darwin' ? probeMetal(look) : notHere('metal', 'Metal is there on Macs only'),
    platform === 'darwin' ? notHere('vulkan', 'Macs use Metal') : probeVulkan(look, env, software),
  ])
  return {
    devices: reports.flatMap(({ devices }) => devices),
    backends: reports.map(({ backend }) => backend),
  }
}

export async function probeProcessor(look: Look): Promise<ProbeReport> {
  const { devices, backend } = report('cpu', await look('cpu'), ['0'])
  return { devices, backends: [backend] }
}

interface BackendReport {
  readonly devices: readonly Device[]
  readonly backend: BackendView
}

async function probeMetal(look: Look): Promise<BackendReport> {
  return report('metal', await look({ backend: 'metal' }), ['0'])
}

async function probeCuda(look: Look, env: NodeJS.ProcessEnv): Promise<BackendReport> {
  const impossible = noCudaBecause()
  if (impossible !== undefined) return absent('cuda', impossible)
  const hidden = selectorsOf('cuda', env)
  const finding = await look({ backend: 'cuda', ...(hidden !== undefined && { selectors: hidden }) })
  if (!finding.ok) return absent('cuda', finding)
  const selectors = hidden ?? finding.devices.map((_, index) => String(index))
  // Of one device, all that is told is its own; of several, memory is told as a sum.
  const complete =
    selectors.length === 1 ? report('cuda', finding, selectors) : await oneByOne('cuda', look, selectors)
  return withVersions(complete)
}

/**
 * ggml takes real GPUs by itself and numbers them among all that there are, software included: the numbers, by which
 * a process is let see one, come out only by trying each.
 */
async function probeVulkan(look: Look, env: NodeJS.ProcessEnv, software: boolean): Promise<BackendReport> {
  const own = await look({ backend: 'vulkan' })
  if (!own.ok && own.problem !== 'no_device' && own.problem !== 'crashed') return absent('vulkan', own)
  const hidden = selectorsOf('vulkan', env)
  const noCard = !own.ok && own.problem === 'no_device' && hidden === undefined
  if (noCard && !software) return absent('vulkan', { problem: 'no_device', message: NO_CARD })
  const found = await oneByOne('vulkan', look, hidden ?? ALL_NUMBERS)
  if (found.devices.length > 0) return withVersions(found)
  if (!own.ok && own.problem === 'crashed') return absent('vulkan', own)
  const message =
    hidden === undefined
      ? NO_CARD
      : `There is no Vulkan device with the number ${hidden.join(',')} (${visibilityVariables.vulkan})`
  return absent('vulkan', { problem: 'no_device', message })
}

const NO_CARD = 'No graphics card with a Vulkan driver was found'
const ALL_NUMBERS = Array.from({ length: MAX_DEVICES }, (_, index) => String(index))

/** Adds processors in the guise of a GPU where no other Vulkan device was found, for the list. */
export async function probeSoftware(look: Look, found: ProbeReport): Promise<ProbeReport> {
  const vulkan = found.backends.find(({ backend }) => backend === 'vulkan')
  if (vulkan?.problem !== 'no_device') return found
  const { devices } = await oneByOne('vulkan', look, ALL_NUMBERS)
  if (devices.length === 0) return found
  const backends = found.backends.map((each) =>
    each === vulkan ? { backend: each.backend, available: true } : each,
  )
  return { devices: [...found.devices, ...devices], backends }
}

/** Stops at the first number that there is no device for. */
async function oneByOne(
  backend: GpuBackend,
  look: Look,
  selectors: readonly string[],
): Promise<BackendReport> {
  const devices: Device[] = []
  let failure: Exclude<ProbeFinding, { ok: true }> | undefined
  let crashes = 0
  for (const selector of selectors) {
    const finding = await look({ backend, selectors: [selector] })
    if (finding.ok)
      devices.push(...finding.devices.slice(0, 1).map((found) => device(backend, found, selector)))
    else {
      failure ??= finding
      // One driver's crash says nothing of the next device; but if all crash, no number is ever the last.
      if (finding.problem !== 'crashed' || ++crashes >= MAX_CRASHES) break
    }
  }
  if (devices.length > 0) return { devices, backend: { backend, available: true } }
  return absent(backend, failure ?? { problem: 'no_device', message: `No device was found for ${backend}` })
}

function report(backend: DeviceBackend, finding: ProbeFinding, selectors: readonly string[]): BackendReport {
  if (!finding.ok) return absent(backend, finding)
  const devices = selectors.flatMap((selector, index) => {
    const found = finding.devices[index]
    return found === undefined ? [] : [device(backend, found, selector)]
  })
  return { devices, backend: { backend, available: true } }
}

function device(backend: DeviceBackend, found: FoundDevice, selector: string): Device {
  return { ...found, backend, selector, id: backend === 'cpu' ? 'cpu' : `${backend}:${selector}` }
}

async function withVersions({ devices, backend }: BackendReport): Promise<BackendReport> {
  const versioned = await Promise.all(
    devices.map(async (each) => {
      const version = each.backend === 'cpu' ? undefined : await driverVersion(each.backend, each)
      return version === undefined ? each : { ...each, driverVersion: version }
    }),
  )
  return { devices: versioned, backend }
}

function absent(
  backend: DeviceBackend,
  { problem, message }: Pick<Exclude<ProbeFinding, { ok: true }>, 'problem' | 'message'>,
): BackendReport {
  return { devices: [], backend: { backend, available: false, problem, reason: message } }
}

async function notHere(backend: GpuBackend, message: string): Promise<BackendReport> {
  return absent(backend, { problem: 'not_here', message })
}

/** The devices that the operator's environment leaves visible; undefined where it says nothing. */
export function selectorsOf(backend: GpuBackend, env: NodeJS.ProcessEnv): string[] | undefined {
  const variable = visibilityVariables[backend]
  const text = variable === undefined ? undefined : env[variable]
  if (text === undefined) return undefined
  return text
    .split(/[\s,]+/)
    .filter((selector) => selector !== '')
    .slice(0, MAX_DEVICES)
}
