import type {
  HealthCheckView,
  HealthCode,
  HealthFacts,
  HealthMend,
  HealthState,
} from '../protocol/health-views.ts'
import { plural } from './plural.ts'

/** What a check found, in a sentence for a terminal. */
const sentences: Readonly<Record<HealthCode, (facts: Gaps) => string>> = {
  reach_public: () => 'Others reach this node directly',
  reach_hole_punching: () => 'Others find this node over a relay and then connect directly',
  reach_relayed: () => 'Others reach this node over relays only: the router keeps direct connections out',
  reach_outgoing: () => 'Others cannot reach this node: it works only with those that it connects to itself',
  reach_local: () => 'Computers of the local network reach this node',
  reach_this_computer: () => 'Only programs on this computer reach this node',
  reach_nobody: () => 'This node is connected to nobody',
  join_failed: ({ text }) => `The node could not join the network (${text('error')})`,
  off_network: () => 'The node is not on the network',
  peers_some: ({ count }) => `Connected to ${plural(count('count'), 'peer')}`,
  peers_none: () => 'No other computer was found',
  clock_right: ({ count }) => `The clock agrees with those of ${plural(count('peers'), 'peer')}`,
  clock_ahead: ({ count }) =>
    `The clock is ${count('seconds')} s ahead: others take offers and claims for ones from the future. Set it by a time server`,
  clock_behind: ({ count }) =>
    `The clock is ${count('seconds')} s behind: others take offers and claims for old ones. Set it by a time server`,
  clock_unknown: () => 'No peer has told the time yet',
  ports_open: ({ text }) => `Open to the local network: TCP ${text('ports')}`,
  ports_announced: ({ text }) => `Open to the internet: TCP ${text('ports')}`,
  ports_this_computer: () => 'No port is open to other computers',
  ports_none: () => 'The node listens on no port',
  inference_ready: () => 'Inference runs',
  inference_starting: () => 'Inference is starting',
  inference_restarting: () => 'Inference starts again after a crash',
  inference_broken: () => 'Inference keeps crashing and rests for a while',
  inference_stopped: () => 'Inference is stopped',
  crashes_none: () => 'Inference did not crash since the node started',
  crashes_some: ({ count, text }) =>
    `Inference crashed ${plural(count('count'), 'time')} in the last 24 hours; the last one ${text('reason')}`,
  devices_used: ({ text }) => `Models are computed on ${text('devices')}`,
  devices_fallback: () => 'The GPU is missing: models are computed on the processor, which is slower',
  devices_suspended: () => 'The GPU is missing: its models are suspended',
  devices_unknown: () => 'Devices are being looked at',
  models_none: () => 'No model is served',
  model_ready: ({ text }) => `${text('name')} is loaded`,
  model_idle: ({ text }) => `${text('name')} is loaded when a task asks for it`,
  model_loading: ({ text }) => `${text('name')} is loading`,
  model_unloaded: ({ text }) => `${text('name')} is here and not served`,
  model_suspended: ({ text }) => `${text('name')} waits for its GPU`,
  model_missing: ({ text }) => `The file of ${text('name')} is gone`,
  model_damaged: ({ text }) => `The file of ${text('name')} is damaged`,
  model_too_large: ({ text }) => `There is not enough memory for ${text('name')}`,
  model_crashed: ({ text }) => `${text('name')} crashed the inference process`,
  model_failed: ({ text }) => `${text('name')} did not load (${text('error')})`,
  model_without_digest: ({ text }) => `${text('name')} waits for its digest`,
  model_on_disk: ({ text }) => `The file of ${text('name')} is sound`,
  download_failed: ({ text }) => `The download of ${text('name')} stopped (${text('error')})`,
  disk_room: ({ size }) => `${size('freeBytes')} free on the disk`,
  disk_low: ({ size }) => `Only ${size('freeBytes')} free on the disk${ofPartials(size)}`,
  disk_full: ({ size }) =>
    `The disk is full: ${size('freeBytes')} left${ofPartials(size)}. Tasks cannot be written down for long`,
  disk_unknown: () => 'The system does not tell how much room is on the disk',
  database_sound: ({ size }) => `The database is sound (${size('sizeBytes')})`,
  database_damaged: () => 'The database is damaged',
  database_newer: () => 'The database is of a newer version of Driad',
  database_unchecked: ({ size }) => `The database has not been checked yet (${size('sizeBytes')})`,
  payment_fine: () => 'No task of the last week went unpaid',
  payment_missing: ({ count }) => `${plural(count('count'), 'task')} of the last week went unpaid`,
  key_there: ({ text }) =>
    text('protection') === 'vault'
      ? 'The key of this node is sealed by the system'
      : 'The key of this node is there, readable by you alone',
  key_unreadable: () => 'The key of this node cannot be read',
  version_runs: ({ text }) => `Driad ${text('version')}`,
}

/** Reads the facts for the gaps in a sentence. */
interface Gaps {
  text(name: string): string
  count(name: string): number
  /** Of bytes. */
  size(name: string): string
}

function gapsOf(facts: HealthFacts): Gaps {
  return {
    text: (name) => String(facts[name] ?? '?'),
    count: (name) => Number(facts[name] ?? 0),
    size: (name) => bytesText(Number(facts[name] ?? 0)),
  }
}

function ofPartials(size: Gaps['size']): string {
  const partial = size('partialBytes')
  return partial === bytesText(0) ? '' : `; what was left of downloads takes ${partial}`
}

export function bytesText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`
  return bytes >= 1e6 ? `${Math.round(bytes / 1e6)} MB` : `${Math.round(bytes / 1e3)} kB`
}

const signs: Readonly<Record<HealthState, string>> = { good: 'ok', attention: '!', bad: '!!', unknown: '?' }

export function checkText({ state, code, facts, mends }: HealthCheckView): string {
  const line = `${signs[state].padEnd(3)} ${sentences[code](gapsOf(facts))}`
  const command = mends.map(commandOf).find((text) => text !== undefined)
  return command === undefined ? line : `${line}\n    → ${command}`
}

/** The command that does the same as the button in the window, where there is one. */
function commandOf(mend: HealthMend): string | undefined {
  switch (mend.act) {
    case 'probe_devices':
      return 'driad devices --probe'
    case 'join':
      return 'driad start'
    case 'pull_model':
      return `driad models remove ${mend.name} && driad models pull ${mend.name}`
    case 'clean_partials':
      return 'driad models disk --clean'
    default:
      return undefined
  }
}
