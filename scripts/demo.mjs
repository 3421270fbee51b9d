// `npm run demo`: two nodes and a requester on this computer, ten tasks of several kinds, and what each published, did and
// earned, as it happens. Everything is real: separate processes, libp2p on loopback, llama.cpp, signed receipts.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { runMain } from './setup/step.mjs'

const program = inRoot('out', 'main', 'driad.js')
const startedAt = performance.now()
const network = `demo-${process.pid}`

await runMain(async () => {
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  await ensureBuild()
  const folder = mkdtempSync(join(tmpdir(), 'driad-demo-'))
  /** @type {Set<import('node:child_process').ChildProcess>} */
  const running = new Set()
  try {
    await demonstrate(folder, running)
    return 0
  } finally {
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})

/**
 * @param {string} folder
 * @param {Set<import('node:child_process').ChildProcess>} running
 */
async function demonstrate(folder, running) {
  const { Driad, Model, Simple, Task } = await import(pathToFileURL(inRoot('out', 'main', 'sdk.js')).href)
  const prompt = (/** @type {string} */ text) => Simple.workflow({ prompt: text })
  const file = (/** @type {string} */ name) =>
    readFileSync(inRoot('resources', 'workflows', `${name}.json`), 'utf8')
  /** @type {[title: string, workflow: unknown, sampling?: object][]} */
  const tasks = [
    ['a greeting', prompt('Hey there!')],
    ['a question', prompt('What is backpressure?')],
    ['a haiku', prompt('Write a haiku about the sea.'), { temperature: 0 }],
    ['a sum', prompt('What is 3 + 4?'), { temperature: 0 }],
    ['a fact', prompt('What is the capital of France?'), { temperature: 0 }],
    ['a story that the seed repeats', prompt('Write a short story about a dragon.'), { seed: 7 }],
    ['personas drawn from memory', file('personas'), { seed: 3 }],
    ['data by a JSON schema', file('extract')],
    ['questions, until there are five', file('question-set')],
    ['a title, a story and a poem', file('story-book')],
  ]

  say('demo', `two nodes and a requester, on the network ${network}`)
  const nodes = await Promise.all(
    ['node A', 'node B'].map((name) => startNode(name, join(folder, name), running)),
  )
  const names = new Map(nodes.map((node) => [node.peerId, node.name]))
  const driad = new Driad({
    dataDir: join(folder, 'requester'),
    network,
    bootstrap: nodes.flatMap((node) => node.addresses),
    mdns: false,
  })
  try {
    await Promise.all(
      tasks.map(async ([title, workflow, sampling]) => {
        say('requester', `publishes ${title}`)
        const task = new Task({ workflow, models: [Model.DEMO], sampling })
        const { node, result, stats, amountMicro } = await driad.execute(task, { timeoutMs: 60_000 })
        const facts = `${stats.completionTokens} tokens, ${stats.totalMs} ms, ${credits(amountMicro)}`
        say('requester', `has ${title} from ${names.get(node)} (${facts}): ${oneLine(result)}`)
      }),
    )
  } finally {
    await driad.close()
  }
  for (const node of nodes) {
    node.child.kill('SIGTERM')
    await node.ended
  }

  console.log('')
  for (const name of ['node A', 'node B', 'requester']) {
    const { entries, balanceMicro } = await ask(['ledger', 'list', '--data-dir', join(folder, name)])
    const { ok } = await ask(['ledger', 'verify', '--data-dir', join(folder, name)])
    say(
      name,
      `${entries.length} ledger entries, balance ${credits(balanceMicro)}, ${ok ? 'verified' : 'NOT VALID'}`,
    )
  }
  console.log('\nTo see the same in the window: `npm start`, press Join, and in a second terminal:')
  console.log('  bin/driad publish --prompt "Hey there!" --models demo')
}

/**
 * @param {string} name
 * @param {string} dataDir
 * @param {Set<import('node:child_process').ChildProcess>} running
 */
async function startNode(name, dataDir, running) {
  const flags = [
    '--data-dir',
    dataDir,
    '--network',
    network,
    '--listen',
    '/ip4/127.0.0.1/tcp/0',
    '--no-mdns',
    '--json',
  ]
  const child = spawn(process.execPath, [program, 'start', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let log = ''
  child.stderr.on('data', (chunk) => {
    log = (log + chunk).slice(-4_000)
  })
  const ended = new Promise((resolve) => {
    child.once('exit', () => {
      running.delete(child)
      resolve(undefined)
    })
  })
  const ready = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const event = JSON.parse(line)
      if (event.event === 'ready') resolve(event)
      else if (event.event === 'task' && event.state === 'accepted')
        say(name, `accepted ${shortened(event.taskId)}`)
      else if (event.event === 'ledger')
        say(name, `earned ${credits(event.amountMicro)} by ${shortened(event.taskId)}`)
    })
    void ended.then(() => reject(new Error(`${name} ended before it was ready:\n${log}`)))
  })
  say(name, `is online as ${shortened(ready.peerId)} and serves ${ready.models.join(', ')}`)
  return { name, child, ended, peerId: ready.peerId, addresses: ready.addresses }
}

/**
 * Runs a command and gives what it printed as JSON.
 * @param {string[]} args
 */
async function ask(args) {
  const child = spawn(process.execPath, [program, ...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  for await (const chunk of child.stdout) text += chunk
  return JSON.parse(text)
}

/**
 * @param {string} who
 * @param {string} text
 */
function say(who, text) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(2).padStart(6)
  console.log(`${seconds} s  ${who.padEnd(10)} ${text}`)
}

/** @param {string | number} micro */
function credits(micro) {
  return `${(Number(micro) / 1e6).toFixed(6)} credits`
}

/** @param {string} id */
function shortened(id) {
  return `${id.slice(0, 4)}…${id.slice(-4)}`
}

/** @param {string} text */
function oneLine(text) {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 70 ? `${line.slice(0, 69)}…` : line
}
