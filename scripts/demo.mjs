// Two nodes and a requester on this computer: ten tasks of several kinds, and what each published, did and earned.
// Everything is real: separate processes, libp2p on loopback, llama.cpp, signed receipts, two kinds of ledgers.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const driad = fileURLToPath(new URL('../bin/driad', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'driad-demo-'))
const network = `demo-${process.pid}`
const started = performance.now()
const children = []

const say = (who, text) => {
  const seconds = ((performance.now() - started) / 1000).toFixed(2).padStart(6)
  console.log(`${seconds} s  ${who.padEnd(10)} ${text}`)
}
const credits = (micro) => `${(Number(micro) / 1e6).toFixed(6)} credits`
const shortened = (id) => `${id.slice(0, 6)}…${id.slice(-4)}`
const oneLine = (text) => {
  const line = String(text).replaceAll(/\s+/g, ' ')
  return line.length > 90 ? `${line.slice(0, 89)}…` : line
}

/** Starts `driad` and calls back for each line of JSON. */
function run(args, onEvent) {
  const child = spawn(process.execPath, [driad, ...args, '--json'], { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-4000)
  })
  createInterface({ input: child.stdout }).on('line', (line) => onEvent(JSON.parse(line)))
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve({ code, complaint })))
  return { child, ended }
}

async function startNode(name) {
  let ready
  const isReady = new Promise((resolve, reject) => {
    const node = run(
      [
        'start',
        '--data-dir',
        join(folder, name),
        '--network',
        network,
        '--listen',
        '/ip4/127.0.0.1/tcp/0',
        '--no-mdns',
      ],
      (event) => {
        if (event.event === 'ready') resolve(event)
        if (event.event === 'task' && event.state === 'accepted')
          say(name, `accepted ${shortened(event.taskId)}`)
        if (event.event === 'task' && event.state === 'acknowledged' && event.amountMicro !== undefined) {
          say(name, `was paid ${credits(event.amountMicro)} for ${shortened(event.taskId)}`)
        }
      },
    )
    ready = node
    void node.ended.then(({ complaint }) =>
      reject(new Error(`${name} ended before it was ready:\n${complaint}`)),
    )
  })
  const event = await isReady
  say(name, `is online as ${shortened(event.peerId)}, serving ${event.models.join(', ')}`)
  return { ...ready, addresses: event.addresses }
}

/** Publishes one task and tells its result. */
async function publish(title, args, addresses) {
  say('requester', `publishes: ${title}`)
  let answer
  const bootstrap = addresses.flatMap((address) => ['--bootstrap', address])
  const { ended } = run(
    [
      'publish',
      ...args,
      '--models',
      'demo',
      '--data-dir',
      join(folder, 'requester'),
      '--network',
      network,
      '--no-mdns',
      ...bootstrap,
    ],
    (event) => {
      answer = event
    },
  )
  const { code, complaint } = await ended
  if (code !== 0) throw new Error(`The task failed: ${answer?.error?.message ?? complaint}`)
  const { stats } = answer
  say(
    'requester',
    `got from ${shortened(answer.node)} after ${stats.totalMs} ms, ${stats.completionTokens} tokens: ${oneLine(answer.result)}`,
  )
}

async function once(args) {
  let answer
  const { code, complaint } = await run(args, (event) => {
    answer = event
  }).ended
  if (code !== 0) throw new Error(complaint)
  return answer
}

const workflows = fileURLToPath(new URL('../resources/workflows/', import.meta.url))
const tasks = [
  ['a greeting', ['--prompt', 'Hey there!']],
  ['a question', ['--prompt', 'What is backpressure?']],
  ['a haiku', ['--prompt', 'Write a haiku about the sea.', '--temperature', '0']],
  ['a sum', ['--prompt', 'What is 3 + 4?', '--temperature', '0']],
  ['the same story for the same seed', ['--prompt', 'Write a short story about a dragon.', '--seed', '7']],
  ['a fact', ['--prompt', 'What is the capital of France?', '--temperature', '0']],
  ['personas drawn from memory', [join(workflows, 'personas.json'), '--seed', '3']],
  ['data by a JSON schema', [join(workflows, 'extract.json')]],
  ['a set of questions, asked until it is large enough', [join(workflows, 'question-set.json')]],
  ['a book of several stories', [join(workflows, 'story-book.json')]],
]

try {
  say('demo', `two nodes and a requester, on the network ${network}`)
  const nodes = await Promise.all([startNode('node A'), startNode('node B')])
  const addresses = nodes.flatMap((node) => node.addresses)
  await Promise.all(tasks.map(([title, args]) => publish(title, args, addresses)))
  for (const node of nodes) node.child.kill('SIGTERM')
  await Promise.all(nodes.map((node) => node.ended))
  console.log('')
  for (const name of ['node A', 'node B', 'requester']) {
    const dataDir = ['--data-dir', join(folder, name)]
    const { entries, balanceMicro } = await once(['ledger', 'list', ...dataDir])
    const { ok } = await once(['ledger', 'verify', ...dataDir])
    say(
      name,
      `${entries.length} entries, balance ${credits(balanceMicro)}, ledger ${ok ? 'verified' : 'NOT valid'}`,
    )
  }
  console.log(
    '\nTo see the same in the window: npm start, press Join, and publish a task from a second terminal:',
  )
  console.log('  bin/driad publish --prompt "Hey there!" --models demo')
} finally {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
