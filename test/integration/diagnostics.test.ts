import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterEach, describe, expect, it } from 'vitest'
import type { ApiContext, Shell } from '../../src/api/context.ts'
import { apiRouter } from '../../src/api/router.ts'
import { WorkflowFiles } from '../../src/api/workflow-files.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { createLogger, type Logs } from '../../src/node/logs/create-logger.ts'
import { createNetworkKey } from '../../src/node/network/network-key.ts'
import { DriadError } from '../../src/protocol/errors.ts'
import { driad, until } from '../helpers/driad-process.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { demoModelPath } from '../helpers/models.ts'
import { aNetworkName } from '../helpers/network-hosts.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startRequester } from '../helpers/test-requester.ts'

/** What nobody else may learn, by what it is. Each is found nowhere else. */
const secrets = {
  prompt: 'Dear Wilhelmina, my account 4471-9920-1183 has "the money" & more / kept at Zürich-Höngg',
  systemPrompt: 'You are the confidential assistant of Brackenhurst & Sons, password swordfish-marmalade-77',
  memory: 'patient Theodora Vandermeulen, born 1961-03-09, diagnosis F33.1',
  input: 'the launch codes are quokka/umbrella/seventeen+eight',
  crashingPrompt: 'While this crashes: whistleblower Ignatius Plunkettworth meets at the old pier',
  testPrompt: 'Test run about grandmother Philippa’s recipe of blackcurrant and anise',
  toolKey: 'serper-key-9f8e7d6c5b4a39281706f5e4',
  hubToken: 'hf_QzXwVuTsRqPoNmLkJiHgFeDcBa0192',
  proxyPassword: 'proxy-p4ss:w0rd/äö',
  payoutAddress: 'bc1qdiagnosticsxy2kgdygjrsqtzq2n0yrf2493p83kkfjhx0',
  program: 'secret-startup-simulator',
  folderName: 'divorce-papers-mirabel',
  ip: '203.0.113.77',
  networkName: 'hush-hush',
} as const

describe('a diagnostics bundle', () => {
  const home = process.env['HOME']
  afterEach(() => {
    process.env['HOME'] = home
  })

  it('of a node that served known secrets has none of them, in any form', { timeout: 240_000 }, async () => {
    using folder = tempFolder()
    // A home of its own, so that what is below it is somebody's.
    const own = join(folder.path, 'home', 'mirabel-featherstone')
    const dataDir = join(own, secrets.folderName, 'driad')
    mkdirSync(dataDir, { recursive: true })
    process.env['HOME'] = own
    const data = openDataFolder(dataDir)
    const keyFile = join(own, 'network.key')
    createNetworkKey(keyFile)
    const stranger = (await createEphemeralIdentity()).peerId
    const logs = createLogger({ level: 'debug', destinations: { folder: data.logsFolder } })
    const node = await createComputeNode(
      {
        folder: data,
        builtInModelPath: demoModelPath,
        overrides: {
          network: `${secrets.networkName}-${aNetworkName()}`,
          listen: ['/ip4/127.0.0.1/tcp/0'],
          mdns: false,
        },
      },
      { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
    )
    const shell: Partial<Shell> = { pickSaveTarget: async () => join(folder.path, 'saved.zip') }
    const context = {
      node,
      shell,
      logger: logs.logger,
      workflowFiles: new WorkflowFiles({ shell: shell as Shell }, { galleryFolder: folder.path }),
    } as ApiContext
    const api = apiRouter.createCaller(context)
    let known: Record<string, string>
    try {
      await node.start()
      await node.join()
      await node.tools.setKey('serper', secrets.toolKey)
      await node.pulls.setToken(secrets.hubToken)
      await node.settings.set({
        payoutAddress: secrets.payoutAddress,
        proxy: `http://mirabel:${encodeURIComponent(secrets.proxyPassword)}@127.0.0.1:9/`,
        pausePrograms: [secrets.program],
        modelFolders: [join(own, secrets.folderName)],
        networkKeyFile: keyFile,
        bootstrap: [`/ip4/${secrets.ip}/tcp/4001/p2p/${stranger}`],
      })

      await using asker = await startRequester(node.status().network, {
        bootstrap: [node.addresses()[0] ?? ''],
      })
      const { requester } = asker
      const taskId = await requester.publish({
        workflow: secretWorkflow(),
        input: secrets.input,
        models: ['demo'],
      })
      const { result = '' } = await requester.wait(taskId, { signal: AbortSignal.timeout(120_000) })
      expect(result.trim().length).toBeGreaterThan(20)
      await crashInFlight(node, requester)
      await node.testRun(
        { where: 'here', model: 'demo', prompt: secrets.testPrompt, maxTokens: 24 },
        { signal: AbortSignal.timeout(60_000), onEvent: () => undefined },
      )
      known = {
        ...secrets,
        result: result.trim(),
        identityKey: keyOf(dataDir),
        networkKey: readFileSync(keyFile, 'utf8').trim().split('\n').at(-1) ?? '',
        stranger,
        requester: asker.identity.peerId,
        home: own,
        user: 'mirabel-featherstone',
        ...(hostname().length > 5 && { host: hostname() }),
      }
      logCarelessly(logs, known)
      await until(
        () => readFileSync(join(data.logsFolder, 'driad.log'), 'utf8').includes('careless end'),
        'the log',
      )

      await until(
        () => readFileSync(data.healthPath, 'utf8').includes('SIGSEGV'),
        'the crash in the health file',
      )

      const prepared = await api.diagnostics.prepare()
      const previewed = await Promise.all(
        prepared.files.map(({ name }) => api.diagnostics.file({ id: prepared.id, name })),
      )
      expect(await api.diagnostics.save({ id: prepared.id })).toEqual({
        path: join(folder.path, 'saved.zip'),
      })
      const saved = unzipped(join(folder.path, 'saved.zip'))
      // What is saved is what was shown.
      expect(Object.fromEntries(previewed.map(({ name, text }) => [name, text]))).toEqual(saved)
      expect(prepared.sizeBytes).toBeLessThan(2_000_000)

      const command = join(folder.path, 'command.zip')
      const ran = await driad(['diagnostics', '--data-dir', dataDir, '--output', command, '--json'], {
        env: { HOME: own },
      })
      expect(ran.code, ran.stderr).toBe(0)
      for (const bundle of [saved, unzipped(command)]) {
        expect(leaksOf(known, Object.entries(bundle))).toEqual([])
        expectUseful(bundle)
      }
    } finally {
      await node.stop({ drainMs: 0 })
      await logs.close()
    }
    // The same search finds each of them where it is kept as it is: so it can find.
    const raw = filesBelow(dataDir).map((path) => [path, readFileSync(path).toString('latin1')] as const)
    const found = new Set(leaksOf(known, raw).map(({ secret }) => secret))
    expect([...found].sort()).toEqual(Object.keys(known).sort())
  })
})

/** A system prompt, a memory and a prompt, with outputs that are kept. */
function secretWorkflow(): string {
  return JSON.stringify({
    name: 'Letter',
    config: { max_steps: 10, max_time: 120, max_tokens: 48 },
    external_memory: { patient: secrets.memory },
    tasks: [
      {
        id: 'write',
        operator: 'generation',
        messages: [
          { role: 'system', content: secrets.systemPrompt },
          { role: 'user', content: `${secrets.prompt} {{patient}}` },
        ],
        inputs: [{ name: 'patient', value: { type: 'read', key: 'patient' }, required: true }],
        outputs: [{ type: 'write', key: 'letter', value: '__result' }],
      },
      {
        // To the other one a model of a million parameters may have nothing to say.
        id: 'story',
        operator: 'generation',
        messages: [{ role: 'user', content: 'Write a short story about a dragon.' }],
        outputs: [{ type: 'write', key: 'story', value: '__result' }],
      },
    ],
    steps: [
      { source: 'write', target: 'story' },
      { source: 'story', target: '_end' },
    ],
    return_value: { input: { type: 'read', key: 'story' } },
  })
}

/** Kills the inference process while it computes, as a fault in llama.cpp would. */
async function crashInFlight(
  node: Awaited<ReturnType<typeof createComputeNode>>,
  requester: Awaited<ReturnType<typeof startRequester>>['requester'],
): Promise<void> {
  const before = node.status().inference
  const taskId = await requester.publish({ workflow: endlessWorkflow(), models: ['demo'] })
  await until(() => node.status().running > 0 && node.status().tokensPerSecond > 0, 'a task that generates')
  process.kill(before.pid ?? 0, 'SIGSEGV')
  await until(() => {
    const { pid, state } = node.status().inference
    return state === 'ready' && pid !== before.pid
  }, 'another inference process')
  await requester.cancel(taskId, { signal: AbortSignal.timeout(60_000) })
}

/** It writes again and again, so that something is always in flight. */
function endlessWorkflow(): string {
  return JSON.stringify({
    name: 'Endless',
    config: { max_steps: 1_000, max_time: 300, max_tokens: 200 },
    tasks: [
      {
        id: 'write',
        operator: 'generation',
        messages: [{ role: 'user', content: secrets.crashingPrompt }],
        outputs: [{ type: 'write', key: 'text', value: '__result' }],
      },
    ],
    steps: [{ source: 'write', target: 'write' }],
    return_value: { input: { type: 'read', key: 'text' } },
  })
}

/** Log lines of the worst kind: every secret in a message, in a field, in an error, its cause and its stack. */
function logCarelessly({ logger }: Logs, known: Readonly<Record<string, string>>): void {
  for (const [name, secret] of Object.entries(known)) {
    logger.warn(`The inference process wrote: ${secret}`)
    logger.info(`The model ${secret} is loading`, {
      text: secret,
      model: secret,
      path: `/srv/${secret}`,
      [secret]: 1,
    })
    logger.error('A task failed unexpectedly', {
      error: new DriadError('internal', `Unexpected failure: ${secret}`, {
        cause: new Error(`${name} ${secret}`),
      }),
    })
    logger.debug('Asked', {
      url: `https://example.org/?q=${encodeURIComponent(secret)}`,
      list: [secret, [secret]],
    })
    logger.debug('Sent', {
      text: Buffer.from(`.${secret}`).toString('base64'),
      hex: Buffer.from(secret).toString('hex'),
    })
  }
  logger.info('careless end')
}

interface Leak {
  readonly secret: string
  readonly where: string
  readonly form: string
}

function leaksOf(
  known: Readonly<Record<string, string>>,
  files: readonly (readonly [name: string, text: string])[],
): Leak[] {
  const leaks: Leak[] = []
  for (const [secret, text] of Object.entries(known)) {
    for (const [form, looks] of Object.entries(encodings(text))) {
      for (const [where, content] of files) {
        if (looks.some((look) => content.includes(look))) leaks.push({ secret, where, form })
      }
    }
  }
  return leaks
}

/** How a text may be written, and parts of it: written here anew, so that a mistake of the bundle's own list is found. */
function encodings(text: string): Record<string, string[]> {
  const json = JSON.stringify(text).slice(1, -1)
  const utf8 = Buffer.from(text)
  const base64 = [0, 1, 2].map((lead) =>
    Buffer.concat([Buffer.from('\0'.repeat(lead)), utf8])
      .toString('base64')
      .slice(4, -4),
  )
  // Half of it is too much, too.
  const half = text.slice(Math.floor(text.length / 2) - 6, Math.floor(text.length / 2) + 8)
  return {
    plain: [text],
    bytes: [utf8.toString('latin1')],
    half: text.length > 20 ? [half] : [],
    json: [json],
    twice: [JSON.stringify(json).slice(1, -1)],
    url: [encodeURIComponent(text), encodeURI(text)],
    form: [new URLSearchParams([['', text]]).toString().slice(1)],
    hex: [utf8.toString('hex'), utf8.toString('hex').toUpperCase()],
    base64: base64.filter((digits) => digits.length >= 6),
    base64url: base64
      .map((digits) => digits.replaceAll('+', '-').replaceAll('/', '_'))
      .filter((digits) => digits.length >= 6),
  }
}

/** Without its contents a bundle would leak nothing either. */
function expectUseful(bundle: Readonly<Record<string, string>>): void {
  const read = (name: string): unknown => JSON.parse(bundle[name] ?? '')
  expect(read('about.json')).toMatchObject({
    processor: { cores: expect.any(Number) },
    devices: { choice: 'auto' },
  })
  expect(read('settings.json')).toMatchObject({
    payoutAddress: 'set',
    proxy: 'set',
    pausePrograms: 1,
    slots: 4,
  })
  expect(read('network.json')).toMatchObject({
    reachability: {
      addresses: [expect.stringMatching(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/this-node$/)],
    },
  })
  expect(read('inference.json')).toMatchObject({
    ends: [{ reason: 'was killed (SIGSEGV)' }],
    models: [{ name: 'demo', error: null }],
  })
  expect(read('ledger.json')).toMatchObject({
    entries: { credit: 1 },
    verification: { ok: true, entries: 1 },
  })
  expect(read('tasks.json')).toMatchObject({
    executed: {
      newest: [{}, { model: 'demo', state: 'acknowledged', otherSide: expect.stringMatching(/^peer-\d+$/) }],
    },
  })
  expect(read('store.json')).toMatchObject({ rows: { node_tasks: 2 } })
  const log = bundle['log.jsonl'] ?? ''
  expect(log).toContain('"message":"The inference process was killed (SIGSEGV)"')
  expect(log).toContain('"message":"The inference process wrote: […]"')
}

function keyOf(dataDir: string): string {
  return (JSON.parse(readFileSync(join(dataDir, 'identity.key'), 'utf8')) as { key: string }).key
}

function unzipped(path: string): Record<string, string> {
  const files = unzipSync(readFileSync(path))
  return Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')]),
  )
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}
