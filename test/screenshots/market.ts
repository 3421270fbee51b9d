import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { driad, type NodeProcess, startNode, type TestFolder } from '../helpers/driad-process.ts'
import type { TaskJson } from '../helpers/test-network.ts'

/** As a user has it. Nobody else is on it here: there is no mDNS, and everybody listens on loopback. */
export const NETWORK = 'main'

const driadPath = fileURLToPath(new URL('../../bin/driad', import.meta.url))
const workflow = (name: string): unknown =>
  JSON.parse(
    readFileSync(fileURLToPath(new URL(`../../resources/workflows/${name}.json`, import.meta.url)), 'utf8'),
  )

/** What each requester asks for, over and over: prompts that the demo model answers, and workflows of the gallery. */
const wishes: readonly (readonly object[])[] = [
  [
    { prompt: 'What is backpressure?' },
    { workflow: workflow('story-book') },
    { prompt: 'Write a short story about a dragon.' },
    { workflow: workflow('question-set') },
  ],
  [{ workflow: workflow('personas') }, { prompt: 'Write a haiku about the sea.' }],
  [
    { workflow: workflow('extract') },
    { prompt: 'What is the capital of France?' },
    { prompt: 'What is 3 + 4?' },
    { workflow: workflow('story-book') },
  ],
]
const ROUNDS = 2_000

/** Nodes and requesters beside the app, as processes of their own. */
export class Market implements AsyncDisposable {
  readonly #folder: TestFolder
  readonly #nodes: NodeProcess[] = []
  readonly #requesters: ChildProcess[] = []

  constructor(folder: TestFolder) {
    this.#folder = folder
  }

  async node(name: string, ...args: string[]): Promise<NodeProcess> {
    const data = ['--data-dir', this.#folder.dataDir(name), '--network', NETWORK]
    const listen = ['--listen', '/ip4/127.0.0.1/tcp/0', '--no-upnp']
    const node = await startNode([...data, ...listen, ...args])
    this.#nodes.push(node)
    return node
  }

  /** Three requesters who go on asking until the end; they know the node at that address. */
  openFor(address: string): void {
    for (const [index, wish] of wishes.entries()) {
      const batch = this.#folder.dataDir(`wishes-${index}.jsonl`)
      const lines = Array.from({ length: ROUNDS }, () => wish).flat()
      writeFileSync(batch, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
      const args = [...this.#flags(`requester-${index}`, address), '--batch', batch]
      const more = ['--out', this.#folder.dataDir(`answers-${index}.jsonl`), '--concurrency', '1']
      this.#requesters.push(
        spawn(process.execPath, [driadPath, 'publish', ...args, ...more], { stdio: 'ignore' }),
      )
    }
  }

  /** One more, who takes nothing of what it gets: one task cannot be done, and of the other it disputes the result. */
  async disputeWith(address: string): Promise<void> {
    const flags = this.#flags('critic', address)
    const impossible = JSON.stringify({
      name: 'Summary of a page',
      config: { max_steps: 1, max_time: 60, max_tokens: 8 },
      tasks: [
        {
          id: 'summarise',
          operator: 'generation',
          messages: [{ role: 'user', content: 'Sum up: {{page}}' }],
          inputs: [{ name: 'page', required: true, value: { type: 'read', key: 'page' } }],
          outputs: [{ type: 'write', key: 'result', value: '__result' }],
        },
      ],
      steps: [{ source: 'summarise', target: '_end' }],
      return_value: { input: { type: 'read', key: 'result' } },
    })
    await driad(['publish', '-', ...flags, '--timeout-ms', '20000'], { input: impossible })
    const asked = await driad(['publish', '--prompt', 'Write a poem about the rain.', ...flags])
    const [task] = asked.json<TaskJson>()
    if (task === undefined) throw new Error(`Nothing was done for the critic.\n${asked.stderr}`)
    const dataDir = ['--data-dir', this.#folder.dataDir('critic')]
    const disputed = await driad([
      ...['dispute', task.taskId, ...dataDir],
      ...['--reason', 'The answer is no poem'],
    ])
    if (disputed.code !== 0) throw new Error(disputed.stderr)
  }

  #flags(name: string, address: string): string[] {
    const data = ['--data-dir', this.#folder.dataDir(name), '--network', NETWORK, '--json']
    return [...data, '--models', 'demo', '--no-mdns', '--bootstrap', address]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const requester of this.#requesters) requester.kill('SIGKILL')
    await Promise.all(this.#nodes.map((node) => node.stop('SIGKILL')))
  }
}
