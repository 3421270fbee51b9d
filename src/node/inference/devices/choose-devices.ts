import { type AbsenceCause, type DeviceCause, gpuBackends } from '../../../protocol/device-views.ts'
import type { DeviceUse } from '../contract.ts'
import { type Device, deviceText, type RememberedDevice } from './device.ts'
import type { ProbeReport } from './probe-backends.ts'

/** What the operator asks for: the best there is, or these and no other. */
export type DeviceChoice = 'auto' | readonly string[]

/** What the next inference process is to compute on. */
export type DevicePlan =
  /** The first probe is under way. */
  | { readonly state: 'unknown' }
  | {
      readonly state: 'active' | 'fallback'
      readonly use: DeviceUse
      /** Ids. */
      readonly devices: readonly string[]
      readonly causes?: readonly DeviceCause[]
      readonly reason?: string
    }
  | { readonly state: 'suspended'; readonly causes: readonly DeviceCause[]; readonly reason: string }

export interface ChoiceFacts {
  readonly choice: DeviceChoice
  /** Whether the processor may take over where the devices are missing. */
  readonly cpuFallback: boolean
  /** Whether processors that pass themselves off as GPUs count. */
  readonly softwareDevices: boolean
  readonly report: ProbeReport
  /** The best of the GPUs that models were computed on the last time; absent where none ever was. */
  readonly lastGood: RememberedDevice | undefined
  /** What the ids of a choice were called when it was made. */
  readonly chosenNames: ReadonlyMap<string, string>
  /** Devices that ended processes and failed a trial afterwards, with what is to be said of them. */
  readonly faulty: ReadonlyMap<string, string>
}

const PROCESSOR: DevicePlan = { state: 'active', use: 'cpu', devices: ['cpu'] }
/** The quicker library first where a card can be had by either. */
const BACKENDS = ['cuda', 'metal', 'vulkan'] as const

/**
 * What to compute on. Never quietly on the processor: where a GPU was chosen, or was in use before, and is not there,
 * models are suspended with the reason, unless the operator allows the processor instead.
 */
export function planDevices(facts: ChoiceFacts): DevicePlan {
  const { choice } = facts
  if (choice === 'auto') return planAutomatically(facts)
  if (choice.includes('cpu')) return PROCESSOR
  return planChosen(choice, facts)
}

function planAutomatically(facts: ChoiceFacts): DevicePlan {
  const { lastGood, faulty } = facts
  const usable = facts.report.devices.filter((device) => ignoredBecause(device, facts) === undefined)
  const best = bestOf(usable.filter(({ id }) => !faulty.has(id)))
  if (best.length === 0) {
    const broken = usable.find(({ id }) => faulty.has(id))
    if (broken !== undefined) return missing([brokenDevice(broken, facts)], facts)
    if (lastGood === undefined) return PROCESSOR
    const { cause: why, text } = whyAbsent(lastGood, facts)
    const device = deviceText(lastGood)
    return missing(
      [{ cause: { code: 'gone', device, why }, text: `${device} is not there any more: ${text}` }],
      facts,
    )
  }
  const weaker = lastGood?.kind === 'discrete' && best.every(({ kind }) => kind !== 'discrete')
  if (weaker && !facts.cpuFallback) {
    const device = deviceText(lastGood)
    const others = best.map(deviceText)
    const { cause: why, text } = whyAbsent(lastGood, facts)
    const reason = `${device} is not there any more: ${text}. There is ${others.join(', ')}, which is slower; choose it to go on with it`
    return { state: 'suspended', causes: [{ code: 'weaker', device, why, others }], reason }
  }
  return active(best)
}

function planChosen(choice: readonly string[], facts: ChoiceFacts): DevicePlan {
  const resolved = choice.map((id) => ({ id, device: resolve(id, facts) }))
  const there = resolved.flatMap(({ device }) =>
    device === undefined || facts.faulty.has(device.id) ? [] : [device],
  )
  const reasons = resolved.flatMap(({ id, device }): ToldCause[] => {
    if (device !== undefined) return facts.faulty.has(device.id) ? [brokenDevice(device, facts)] : []
    const name = facts.chosenNames.get(id)
    const wanted = name === undefined ? id : deviceText({ id, name })
    const { cause: why, text } = whyAbsent({ backend: backendOf(id) }, facts)
    return [{ cause: { code: 'absent', device: wanted, why }, text: `${wanted} is not there: ${text}` }]
  })
  const [first] = there
  if (first === undefined) return missing(reasons, facts)
  // One process uses one backend: of a mixed choice, that of the first device.
  const together = there.filter(({ backend }) => backend === first.backend)
  return active(together, reasons)
}

/** A cause, and the same in English with what the system or the driver told. */
interface ToldCause {
  readonly cause: DeviceCause
  readonly text: string
}

function told(reasons: readonly ToldCause[]): { causes: DeviceCause[]; reason: string } {
  return { causes: reasons.map(({ cause }) => cause), reason: reasons.map(({ text }) => text).join('; ') }
}

function brokenDevice(device: Device, { faulty }: ChoiceFacts): ToldCause {
  const text = deviceText(device)
  return { cause: { code: 'broken', device: text }, text: faulty.get(device.id) ?? text }
}

function active(devices: readonly Device[], reasons: readonly ToldCause[] = []): DevicePlan {
  const [first] = devices
  if (first === undefined || first.backend === 'cpu') return PROCESSOR
  const selectors = devices.map(({ selector }) => selector)
  return {
    state: 'active',
    use: { backend: first.backend, selectors },
    devices: devices.map(({ id }) => id),
    ...(reasons.length > 0 && told(reasons)),
  }
}

function missing(reasons: readonly ToldCause[], { cpuFallback }: ChoiceFacts): DevicePlan {
  return cpuFallback
    ? { state: 'fallback', use: 'cpu', devices: ['cpu'], ...told(reasons) }
    : { state: 'suspended', ...told(reasons) }
}

/** All equal devices of the best backend: cards before what shares the computer's memory, software last. */
function bestOf(usable: readonly Device[]): Device[] {
  for (const kind of ['discrete', 'integrated', 'software'] as const) {
    for (const backend of BACKENDS) {
      const devices = usable.filter((device) => device.kind === kind && device.backend === backend)
      if (devices.length > 0) return withoutTwins(devices)
    }
  }
  return []
}

/** One card with two drivers is listed twice, and its layers must not be split over itself. */
function withoutTwins(devices: readonly Device[]): Device[] {
  const bareName = ({ name }: Device) => name.replace(/\s*\(.*$/, '')
  return devices.filter(
    (device, index) =>
      !devices
        .slice(0, index)
        .some((earlier) => bareName(earlier) === bareName(device) && earlier.driver !== device.driver),
  )
}

/** Why a device is left alone by `auto`; undefined where it is not. The processor is no rival of a GPU. */
export function ignoredBecause(
  { backend, kind }: Device,
  { softwareDevices }: Pick<ChoiceFacts, 'softwareDevices'>,
): 'stands_by' | 'software' | undefined {
  if (backend === 'cpu') return 'stands_by'
  return kind === 'software' && !softwareDevices ? 'software' : undefined
}

/** By its number, unless another device has that now and the one of this name is elsewhere. */
export function resolve(
  id: string,
  { report, chosenNames }: Pick<ChoiceFacts, 'report' | 'chosenNames'>,
): Device | undefined {
  const backend = backendOf(id)
  const ofBackend = report.devices.filter((device) => device.backend === backend)
  const numbered = ofBackend.find((device) => device.id === id)
  const name = chosenNames.get(id)
  if (name === undefined || numbered?.name === name) return numbered
  const named = ofBackend.filter((device) => device.name === name)
  return named.length === 1 ? named[0] : undefined
}

function whyAbsent(
  { backend }: { readonly backend: string },
  { report }: ChoiceFacts,
): { readonly cause: AbsenceCause; readonly text: string } {
  const known = gpuBackends.find((each) => each === backend)
  const found = report.backends.find((each) => each.backend === backend)
  if (known === undefined || found === undefined)
    return { cause: { code: 'no_backend', backend }, text: `${backend} is no backend that there is` }
  if (!found.available) {
    const { problem = 'no_device', reason = 'no device was found' } = found
    return { cause: { code: 'problem', backend: known, problem }, text: reason }
  }
  const devices = report.devices.filter((device) => device.backend === backend).map(deviceText)
  return { cause: { code: 'others_only', devices }, text: `there is ${devices.join(', ')} only` }
}

function backendOf(id: string): string {
  return id.split(':')[0] ?? id
}
