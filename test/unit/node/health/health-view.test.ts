import { describe, expect, it } from 'vitest'
import { healthSentence, mendWords } from '../../../../src/locales/words/health-words.ts'
import type { HealthFactsNow, HealthModel } from '../../../../src/node/health/facts.ts'
import { healthView } from '../../../../src/node/health/health-view.ts'
import type { ReachabilityLevel, ReachabilityView } from '../../../../src/protocol/network-views.ts'

const NOW = 1_900_000_000_000
const GB = 1_000_000_000

const reach = (patch: Partial<ReachabilityView> = {}): ReachabilityView => ({
  level: 'public',
  summary: '',
  advice: [],
  addresses: ['/ip4/198.51.100.7/tcp/4001/p2p/12D3', '/ip4/198.51.100.7/tcp/4002/ws/p2p/12D3'],
  nat: 'none',
  relays: [],
  connections: { direct: 3, relayed: 0, inbound: 1, outbound: 2 },
  clock: { aheadMs: 120, peers: 3, wrong: false },
  ...patch,
})

const model = (patch: Partial<HealthModel> = {}): HealthModel => ({
  name: 'demo',
  state: 'ready',
  builtIn: false,
  sizeBytes: 5_000_000,
  sha256: 'ab',
  ...patch,
})

const sound: HealthFactsNow = {
  atMs: NOW,
  version: '1.2.3',
  status: { phase: 'online', peers: 3 },
  reachability: reach(),
  inference: { state: 'ready', restarts: 0 },
  exits: [],
  devices: {
    devices: [],
    backends: [],
    choice: 'auto',
    cpuFallback: false,
    use: { state: 'active', devices: ['cpu'] },
    probing: false,
  },
  models: [model()],
  pulls: [],
  disk: { freeBytes: 100 * GB, totalBytes: 500 * GB, partialBytes: 0 },
  database: { state: 'sound', sizeBytes: 1_000_000, version: 20, checkedAtMs: NOW },
  unpaidTasks: 0,
  key: 'vault',
  isBackedUp: true,
  isPullable: (name) => name === 'llama3.2:1b',
}

/** State, code and deeds of the one check of that id. */
function checkOf(patch: Partial<HealthFactsNow>, id: string) {
  const found = healthView({ ...sound, ...patch }).checks.filter((check) => check.id === id)
  expect(found).toHaveLength(1)
  const [check] = found
  return [
    check?.state,
    check?.code,
    check?.mends.map((mend) => (mend.act === 'open' ? mend.place : mend.act)),
  ]
}

describe('the checks of a node', () => {
  it('are all good where all is well, each with a sentence that has no gap left', () => {
    const view = healthView(sound)
    expect(view.state).toBe('good')
    expect(view.checks.filter(({ state }) => state !== 'good')).toEqual([])
    expect(view.checks.map(healthSentence)).toMatchInlineSnapshot(`
      [
        "Others reach this computer directly",
        "Connected to 3 peers",
        "The clock agrees with those of 3 peers",
        "Open to the internet: TCP 4001, 4002",
        "Inference is running",
        "Inference has not crashed lately",
        "Models are computed on cpu",
        "demo is loaded",
        "100 GB of 500 GB free",
        "The database is sound (1 MB)",
        "No task of the last week went unpaid",
        "The key of this node is there, for you alone",
        "Driad 1.2.3",
      ]
    `)
  })

  it.each([
    ['hole-punching', 'good', 'reach_hole_punching', []],
    ['local', 'good', 'reach_local', []],
    ['relayed', 'attention', 'reach_relayed', ['rejoin', 'network']],
    ['outgoing', 'attention', 'reach_outgoing', ['rejoin', 'network']],
    ['offline', 'attention', 'reach_nobody', ['rejoin', 'network']],
    ['this-computer', 'attention', 'reach_this_computer', ['rejoin', 'settings']],
  ] as const)('say how others reach it: %s', (level: ReachabilityLevel, ...expected) => {
    expect(checkOf({ reachability: reach({ level }) }, 'network')).toEqual(expected)
  })

  it('say that it is off the network, or why it is', () => {
    const { reachability: _, ...off } = sound
    const offline = healthView({ ...off, status: { phase: 'offline', peers: 0 } })
    expect(offline.checks.find(({ id }) => id === 'network')).toMatchObject({
      state: 'unknown',
      code: 'off_network',
      mends: [{ act: 'join' }],
    })
    // What is unknown makes nothing bad, and what could only be unknown is not there.
    expect(offline.checks.some(({ subject }) => ['peers', 'clock', 'ports'].includes(subject))).toBe(false)
    expect(offline.state).toBe('good')
    const failed = healthView({
      ...off,
      status: { phase: 'failed', peers: 0, error: { code: 'port_in_use', message: 'It is taken' } },
    })
    expect(failed.state).toBe('bad')
    expect(failed.checks[0]).toMatchObject({ code: 'join_failed', facts: { error: 'port_in_use' } })
  })

  it('say that the clock is wrong, on which side and by how much', () => {
    const clock = { aheadMs: -124_400, peers: 7, wrong: true }
    const { checks, state } = healthView({ ...sound, reachability: reach({ clock }) })
    const check = checks.find(({ id }) => id === 'clock')
    expect([state, check?.code, check?.facts]).toEqual(['bad', 'clock_behind', { seconds: 124, peers: 7 }])
    expect(checkOf({ reachability: reach({ clock: { ...clock, aheadMs: 31_000 } }) }, 'clock')).toEqual([
      'bad',
      'clock_ahead',
      [],
    ])
  })

  it('name the ports that are open, and to whom', () => {
    const ports = (patch: Partial<ReachabilityView>) =>
      healthView({ ...sound, reachability: reach(patch) }).checks.find(({ id }) => id === 'ports')
    expect(ports({})).toMatchObject({ code: 'ports_announced', facts: { ports: '4001, 4002', count: 2 } })
    expect(ports({ level: 'local' })).toMatchObject({ code: 'ports_open' })
    expect(ports({ addresses: ['/ip4/127.0.0.1/tcp/1/p2p/x'] })).toMatchObject({
      code: 'ports_this_computer',
    })
    expect(ports({ addresses: ['/ip4/1.2.3.4/tcp/9/p2p/x/p2p-circuit/p2p/y'] })).toMatchObject({
      code: 'ports_none',
    })
  })

  it.each([
    ['model_not_found', 'model_missing', ['pull_model', 'models']],
    ['model_invalid', 'model_damaged', ['pull_model', 'models']],
    ['out_of_memory', 'model_too_large', ['load_model', 'models']],
    ['inference_crashed', 'model_crashed', ['load_model', 'models']],
    ['internal', 'model_failed', ['load_model', 'models']],
  ] as const)('say why a model is not there: %s', (code, expected, mends) => {
    const failed = model({ name: 'llama3.2:1b', state: 'failed', error: { code, message: '' } })
    expect(checkOf({ models: [model(), failed] }, 'models:llama3.2:1b')).toEqual(['bad', expected, mends])
  })

  it('download nothing again that the catalogue does not know, and never the built-in model', () => {
    const gone = model({ state: 'failed', error: { code: 'model_not_found', message: '' } })
    expect(checkOf({ models: [gone] }, 'models:demo')[2]).toEqual(['load_model', 'models'])
    const builtIn = { ...gone, name: 'llama3.2:1b', builtIn: true }
    expect(checkOf({ models: [builtIn] }, 'models:llama3.2:1b')[2]).toEqual(['load_model', 'models'])
  })

  it('say that no model is served, and that one has no digest yet', () => {
    expect(checkOf({ models: [model({ state: 'unloaded' })] }, 'models')).toEqual([
      'bad',
      'models_none',
      ['models'],
    ])
    expect(checkOf({ models: [model({ sha256: undefined })] }, 'models:demo')).toEqual([
      'unknown',
      'model_without_digest',
      [],
    ])
  })

  it.each([
    [100, 500, 'good', []],
    [2, 500, 'attention', ['clean_partials', 'models/files']],
    // A small disk that is half empty is no reason to worry.
    [2, 4, 'good', []],
    [0.2, 500, 'bad', ['clean_partials', 'models/files']],
  ] as const)('say that %s GB of %s GB are free', (free, total, state, mends) => {
    const disk = { freeBytes: free * GB, totalBytes: total * GB, partialBytes: state === 'good' ? 0 : GB }
    const [found, , deeds] = checkOf({ disk }, 'disk')
    expect([found, deeds]).toEqual([state, mends])
  })

  it('count crashes of the last day, and take three for bad', () => {
    const exit = (hours: number) => ({ atMs: NOW - hours * 3_600_000, reason: 'was killed (SIGSEGV)' })
    expect(checkOf({ exits: [exit(30)] }, 'crashes')).toEqual(['good', 'crashes_none', []])
    expect(checkOf({ exits: [exit(30), exit(2)] }, 'crashes')).toEqual([
      'attention',
      'crashes_some',
      ['restart_inference', 'logs'],
    ])
    expect(checkOf({ exits: [exit(5), exit(3), exit(1)] }, 'crashes')[0]).toBe('bad')
    const causes = ['was killed (SIGSEGV)', 'ended with code 9', 'did not answer for 30 s'].map((reason) => {
      const { checks } = healthView({ ...sound, exits: [{ atMs: NOW, reason }] })
      return checks.find(({ id }) => id === 'crashes')?.facts['cause']
    })
    expect(causes).toEqual(['SIGSEGV', 'exit 9', 'did not answer for 30 s'])
  })

  it('say what else is wrong', () => {
    const use = { state: 'suspended', devices: [], reason: 'gone' } as const
    const devices = { ...(sound.devices as NonNullable<HealthFactsNow['devices']>), use }
    expect(checkOf({ devices }, 'devices')).toEqual([
      'bad',
      'devices_suspended',
      ['probe_devices', 'models/devices'],
    ])
    expect(checkOf({ inference: { state: 'broken', restarts: 4 } }, 'inference')[0]).toBe('bad')
    const database = { state: 'damaged', sizeBytes: 1, version: 20 } as const
    expect(checkOf({ database }, 'database')).toEqual(['bad', 'database_damaged', ['check_database', 'logs']])
    expect(checkOf({ unpaidTasks: 2 }, 'payment')).toEqual([
      'attention',
      'payment_missing',
      ['earnings/unpaid'],
    ])
    expect(checkOf({ key: 'unreadable' }, 'identity')[0]).toBe('bad')
    expect(checkOf({ isBackedUp: false }, 'identity')).toEqual([
      'attention',
      'key_not_backed_up',
      ['overview/first-run/key'],
    ])
    // Without a running node it is not known.
    expect(checkOf({ isBackedUp: undefined }, 'identity')[1]).toBe('key_there')
    expect(checkOf({ newerVersion: '1.3.0' }, 'version')).toEqual([
      'attention',
      'version_newer',
      ['settings/updates'],
    ])
    const pull = { id: 'one', name: 'x', state: 'failed', error: { code: 'disk_full', message: '' } } as const
    expect(checkOf({ pulls: [pull] }, 'downloads:one')).toEqual([
      'attention',
      'download_failed',
      ['retry_download', 'models/get'],
    ])
  })

  it('have words for every deed', () => {
    expect(mendWords({ act: 'clean_partials' })).toBe('Delete remains of downloads')
    expect(mendWords({ act: 'open', place: 'earnings/unpaid' })).toBe('Open Earnings')
  })
})
