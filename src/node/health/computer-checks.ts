import type { HealthCheckView, HealthCode, HealthMend, HealthState } from '../../protocol/health-views.ts'
import type { InferenceView } from '../../protocol/views.ts'
import type { HealthFactsNow } from './facts.ts'

/** Below either of these, downloads and the database have little left. */
const LOW_DISK_BYTES = 5_000_000_000
const LOW_DISK_SHARE = 0.03
/** Below this, what is accepted may not be written down any more. */
const FULL_DISK_BYTES = 300_000_000
/** Crashes that are longer ago are history. */
const CRASH_WINDOW_MS = 24 * 3_600_000
/** From so many in a day on, something is wrong with a model, a driver or the memory. */
const MANY_CRASHES = 3

const inferenceStates: Readonly<Record<InferenceView['state'], readonly [HealthState, HealthCode]>> = {
  ready: ['good', 'inference_ready'],
  starting: ['unknown', 'inference_starting'],
  restarting: ['attention', 'inference_restarting'],
  broken: ['bad', 'inference_broken'],
  stopped: ['unknown', 'inference_stopped'],
}

/** The inference process, what it computes on, the disk, the database, the key, and the program itself. */
export function computerChecks(facts: HealthFactsNow): {
  readonly before: HealthCheckView[]
  readonly after: HealthCheckView[]
} {
  const { inference, devices } = facts
  return {
    before: [
      ...(inference === undefined ? [] : [inferenceCheck(inference)]),
      ...(inference === undefined ? [] : [crashes(facts)]),
      ...(devices === undefined ? [] : [deviceCheck(devices)]),
    ],
    after: [disk(facts), ...database(facts), ...payment(facts), ...key(facts), program(facts)],
  }
}

function inferenceCheck({ state, restarts }: InferenceView): HealthCheckView {
  const [health, code] = inferenceStates[state]
  const mends: HealthMend[] =
    health === 'bad' || health === 'attention'
      ? [{ act: 'restart_inference' }, { act: 'open', place: 'logs' }]
      : []
  return { id: 'inference', subject: 'inference', state: health, code, facts: { restarts }, mends }
}

function crashes({ exits = [], atMs }: HealthFactsNow): HealthCheckView {
  const base = { id: 'crashes', subject: 'crashes' } as const
  const recent = exits.filter((exit) => atMs - exit.atMs < CRASH_WINDOW_MS)
  const last = recent.at(-1)
  if (last === undefined) return { ...base, state: 'good', code: 'crashes_none', facts: {}, mends: [] }
  return {
    ...base,
    state: recent.length >= MANY_CRASHES ? 'bad' : 'attention',
    code: 'crashes_some',
    facts: { count: recent.length, lastAtMs: last.atMs, cause: causeOf(last.reason) },
    mends: [{ act: 'restart_inference' }, { act: 'open', place: 'logs' }],
  }
}

/** The part that is the same in every language: a signal, or the code that it ended with. */
function causeOf(reason: string): string {
  const signal = /\((SIG[A-Z0-9]+)\)/.exec(reason)?.[1]
  const code = /\bcode (\d+)/.exec(reason)?.[1]
  return signal ?? (code === undefined ? reason : `exit ${code}`)
}

function deviceCheck({ use }: NonNullable<HealthFactsNow['devices']>): HealthCheckView {
  const base = { id: 'devices', subject: 'devices' } as const
  const facts = { devices: use.devices.join(', ') }
  const mends: HealthMend[] = [{ act: 'probe_devices' }, { act: 'open', place: 'models/devices' }]
  switch (use.state) {
    case 'active':
      return { ...base, state: 'good', code: 'devices_used', facts, mends: [] }
    case 'fallback':
      return { ...base, state: 'attention', code: 'devices_fallback', facts, mends }
    case 'suspended':
      return { ...base, state: 'bad', code: 'devices_suspended', facts, mends }
    case 'probing':
      return { ...base, state: 'unknown', code: 'devices_unknown', facts, mends: [] }
  }
}

function disk({ disk: found }: HealthFactsNow): HealthCheckView {
  const base = { id: 'disk', subject: 'disk' } as const
  if (found === undefined) return { ...base, state: 'unknown', code: 'disk_unknown', facts: {}, mends: [] }
  const { freeBytes, totalBytes, partialBytes } = found
  const facts = { freeBytes, totalBytes, partialBytes }
  const full = freeBytes < FULL_DISK_BYTES
  const low =
    freeBytes < LOW_DISK_BYTES && freeBytes < Math.max(totalBytes * LOW_DISK_SHARE, FULL_DISK_BYTES * 5)
  if (!full && !low) return { ...base, state: 'good', code: 'disk_room', facts, mends: [] }
  const mends: HealthMend[] = [
    ...(partialBytes > 0 ? [{ act: 'clean_partials' } as const] : []),
    { act: 'open', place: 'models/files' },
  ]
  return { ...base, state: full ? 'bad' : 'attention', code: full ? 'disk_full' : 'disk_low', facts, mends }
}

const databaseStates: Readonly<
  Record<NonNullable<HealthFactsNow['database']>['state'], readonly [HealthState, HealthCode]>
> = {
  sound: ['good', 'database_sound'],
  damaged: ['bad', 'database_damaged'],
  newer: ['bad', 'database_newer'],
  unchecked: ['unknown', 'database_unchecked'],
}

function database({ database: found }: HealthFactsNow): HealthCheckView[] {
  if (found === undefined) return []
  const [state, code] = databaseStates[found.state]
  const { sizeBytes, version, checkedAtMs } = found
  const mends: HealthMend[] =
    found.state === 'sound' || found.state === 'newer'
      ? []
      : [{ act: 'check_database' }, { act: 'open', place: 'logs' }]
  const facts = { sizeBytes, version, ...(checkedAtMs !== undefined && { checkedAtMs }) }
  return [{ id: 'database', subject: 'database', state, code, facts, mends }]
}

function payment({ unpaidTasks }: HealthFactsNow): HealthCheckView[] {
  if (unpaidTasks === undefined) return []
  const base = { id: 'payment', subject: 'payment', facts: { count: unpaidTasks } } as const
  if (unpaidTasks === 0) return [{ ...base, state: 'good', code: 'payment_fine', mends: [] }]
  const mends = [{ act: 'open', place: 'earnings/unpaid' }] as const
  return [{ ...base, state: 'attention', code: 'payment_missing', mends }]
}

function key({ key: found, isBackedUp }: HealthFactsNow): HealthCheckView[] {
  if (found === undefined) return []
  const base = { id: 'identity', subject: 'identity', facts: { protection: found }, mends: [] } as const
  if (found === 'unreadable') return [{ ...base, state: 'bad', code: 'key_unreadable' }]
  if (isBackedUp === false) {
    const mends = [{ act: 'open', place: 'overview/first-run/key' }] as const
    return [{ ...base, state: 'attention', code: 'key_not_backed_up', mends }]
  }
  return [{ ...base, state: 'good', code: 'key_there' }]
}

function program({ version, newerVersion }: HealthFactsNow): HealthCheckView {
  const base = { id: 'version', subject: 'version' } as const
  if (newerVersion === undefined)
    return { ...base, state: 'good', code: 'version_runs', facts: { version }, mends: [] }
  const facts = { version, newer: newerVersion }
  const mends = [{ act: 'open', place: 'settings/updates' }] as const
  return { ...base, state: 'attention', code: 'version_newer', facts, mends }
}
