import {
  type CommandResult,
  driad,
  makeTestFolder,
  type NodeProcess,
  startNode,
  type TestFolder,
} from './driad-process.ts'

/** What `driad run`, `publish` and `result` print with `--json`. */
export interface TaskJson {
  readonly taskId: string
  readonly status: string
  readonly result: string
  readonly model: string
  readonly node: string
  readonly stats: {
    readonly promptTokens: number
    readonly completionTokens: number
    readonly firstTokenMs: number
    readonly totalMs: number
  }
  readonly receipt?: { readonly amountMicro: number; readonly resultHash: string; readonly signature: string }
  readonly error?: { readonly code: string; readonly message: string }
}

export interface LedgerJson {
  readonly entries: readonly {
    readonly seq: number
    readonly taskId: string
    readonly direction: 'credit' | 'debit'
    readonly amountMicro: number
    readonly counterparty: string
    readonly state: string
    readonly hash: string
  }[]
  readonly balanceMicro: number
}

/** Nodes and requesters as separate processes on loopback, on a network name that nobody else uses. */
export interface TestNetwork extends AsyncDisposable {
  readonly name: string
  readonly folder: TestFolder
  node(name: string, ...args: string[]): Promise<NodeProcess>
  /** Flags of a requester with a data folder of that name, who knows those nodes. */
  requester(name: string, ...known: NodeProcess[]): string[]
  ledgerOf(name: string): Promise<LedgerJson>
  verifyLedgerOf(name: string): Promise<CommandResult>
}

let networks = 0

export function makeTestNetwork(): TestNetwork {
  const folder = makeTestFolder()
  const name = `test-${process.pid}-${Date.now()}-${++networks}`
  const nodes: NodeProcess[] = []
  return {
    name,
    folder,
    node: async (nodeName, ...args) => {
      const started = await startNode([
        '--data-dir',
        folder.dataDir(nodeName),
        '--network',
        name,
        ...(args.includes('--listen') ? [] : ['--listen', '/ip4/127.0.0.1/tcp/0']),
        ...args,
      ])
      nodes.push(started)
      return started
    },
    requester: (requesterName, ...known) => [
      '--data-dir',
      folder.dataDir(requesterName),
      '--network',
      name,
      '--no-mdns',
      '--json',
      ...known.flatMap((node) => node.addresses.flatMap((address) => ['--bootstrap', address])),
    ],
    ledgerOf: async (owner) => {
      const listed = await driad(['ledger', 'list', '--data-dir', folder.dataDir(owner), '--json'])
      const [ledger] = listed.json<LedgerJson>()
      if (ledger === undefined) throw new Error(`No ledger was listed.\n${listed.stderr}`)
      return ledger
    },
    verifyLedgerOf: (owner) => driad(['ledger', 'verify', '--data-dir', folder.dataDir(owner), '--json']),
    [Symbol.asyncDispose]: async () => {
      await Promise.all(nodes.map((node) => node.stop('SIGKILL')))
      folder[Symbol.dispose]()
    },
  }
}

/** A workflow that generates that many times, one after another: long enough to interrupt. */
export function longWorkflow(generations: number): string {
  const tasks = Array.from({ length: generations }, (_, index) => ({
    id: `story-${index}`,
    operator: 'generation',
    messages: [{ role: 'user', content: 'Write a short story about a dragon.' }],
    inputs: [],
    outputs: [{ type: 'push', key: 'stories', value: '__result' }],
  }))
  const steps = tasks.map((task, index) => ({ source: task.id, target: tasks[index + 1]?.id ?? '_end' }))
  return JSON.stringify({
    name: 'Many stories',
    config: { max_steps: generations + 1, max_time: 120, max_tokens: 200 },
    tasks,
    steps,
    return_value: { input: { type: 'size', key: 'stories' } },
  })
}
