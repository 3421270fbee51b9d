import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import type { Identity } from '../../src/node/identity/contract.ts'
import { createEphemeralIdentity, createEphemeralKey } from '../../src/node/identity/identity.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import { type NetworkHost, RESULT_PROTOCOL, WORK_PROTOCOL } from '../../src/node/network/contract.ts'
import { createNetworkHost } from '../../src/node/network/create-host.ts'
import { type MessageStream, messageStream } from '../../src/node/network/message-stream.ts'
import { checkFromNode, checkResultAnswer } from '../../src/protocol/wire/checks.ts'
import { UINT32 } from '../../src/protocol/wire/limits.ts'
import {
  type Assignment,
  FromNode,
  FromRequester,
  type Receipt,
  ResultAnswer,
  type ResultRequest,
  type Signed,
  type TaskOffer,
  TaskOutcome,
  ToResult,
} from '../../src/protocol/wire/messages.pb.ts'
import { openSigned, signMessage } from '../../src/protocol/wire/signing.ts'

const WAIT_MS = 15_000

type Kind = keyof FromNode
type Of<K extends Kind> = NonNullable<FromNode[K]>

/** A workflow of one prompt. */
export function promptWorkflow(prompt: string): string {
  return JSON.stringify({
    config: { max_steps: 5, max_time: 60, max_tokens: 64 },
    tasks: [
      {
        id: 'a',
        operator: 'generation',
        messages: [{ role: 'user', content: prompt }],
        outputs: [{ type: 'write', key: 'result', value: '__result' }],
      },
    ],
    steps: [{ source: 'a', target: '_end' }],
    return_value: { input: { type: 'read', key: 'result' } },
  })
}

export interface ScriptedRequesterInit {
  readonly networkName: string
  /** All that it has to know of a node: where it is, and its key. */
  readonly node: {
    readonly network: Pick<NetworkHost, 'peerId' | 'addresses'>
    readonly identity: Pick<Identity, 'publicKey'>
  }
  readonly identity?: Identity
}

/** The other side of the protocol, word for word as the test says: a real host, real keys, and no will of its own. */
export class ScriptedRequester implements AsyncDisposable {
  readonly network: NetworkHost
  readonly identity: Identity
  /** Every message of the node, in order, over all streams. */
  readonly log: FromNode[] = []
  /** Streams that the node opened, in order. */
  readonly streams: MessageStream<FromRequester, FromNode>[] = []
  offerId = uuidv7()
  /** Whom it assigns to and asks. */
  node: ScriptedRequesterInit['node']
  readonly #taken = new Set<FromNode>()
  readonly #closeLogs: () => Promise<void>
  #revision = 0
  #wake: (() => void)[] = []

  private constructor(
    network: NetworkHost,
    identity: Identity,
    node: ScriptedRequesterInit['node'],
    closeLogs: () => Promise<void>,
  ) {
    this.#closeLogs = closeLogs
    this.network = network
    this.identity = identity
    this.node = node
  }

  static async start(init: ScriptedRequesterInit): Promise<ScriptedRequester> {
    const identity = init.identity ?? (await createEphemeralIdentity())
    const logs = createLogger({ level: 'error' })
    const network = await createNetworkHost({
      privateKey: await createEphemeralKey(),
      networkName: init.networkName,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [...init.node.network.addresses()],
      mdns: false,
      dht: false,
      logger: logs.logger,
    })
    const requester = new ScriptedRequester(network, identity, init.node, () => logs.close())
    await network.handle(WORK_PROTOCOL, async (framed) => {
      const stream = messageStream(framed, { send: FromRequester, receive: FromNode, check: checkFromNode })
      requester.streams.push(stream)
      requester.#tell()
      try {
        for await (const message of stream.messages()) {
          requester.log.push(message)
          requester.#tell()
        }
      } finally {
        requester.#tell()
      }
    })
    await network.start()
    return requester
  }

  /** The stream that the node opened last. */
  get stream(): MessageStream<FromRequester, FromNode> {
    const stream = this.streams.at(-1)
    if (stream === undefined) throw new Error('The node has not opened a stream')
    return stream
  }

  /** Publishes the offer, again until a peer has it. Returns its id. */
  async offer(fields: Partial<TaskOffer> = {}): Promise<string> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const signed = signMessage(
        'offer',
        {
          offerId: this.offerId,
          revision: this.#revision++,
          contact: this.network.peerId,
          addresses: [...this.network.addresses()],
          models: ['demo'],
          taskCount: 1,
          issuedAtMs: Date.now(),
          expiresAtMs: Date.now() + 60_000,
          maxPromptMicroPer1k: 1_000_000n,
          maxCompletionMicroPer1k: 1_000_000n,
          threshold: UINT32,
          shard: 0,
          audience: 0,
          modelDigest: new Uint8Array(0),
          tools: [],
          ...fields,
        },
        this.identity,
      )
      const signal = AbortSignal.timeout(WAIT_MS)
      if ((await this.network.publishOffer(signed, fields.models ?? ['demo'], { signal })) > 0) break
      if (Date.now() > deadline) throw new Error('Nobody listens to the offer')
      await delay(50)
    }
    return fields.offerId ?? this.offerId
  }

  /** Offers, and waits for the node's claim. */
  async claimed(taskCount = 1): Promise<Of<'claim'>> {
    await this.offer({ taskCount })
    return await this.next('claim')
  }

  assignment(fields: Partial<Assignment> = {}): Signed {
    return signMessage(
      'assignment',
      {
        taskId: uuidv7(),
        offerId: this.offerId,
        node: new Uint8Array(this.node.identity.publicKey),
        model: 'demo',
        stop: [],
        workflowJson: promptWorkflow('Hello'),
        deadlineMs: Date.now() + 60_000,
        promptMicroPer1k: 1_000n,
        completionMicroPer1k: 2_000n,
        stream: false,
        cancelOnDisconnect: false,
        ...fields,
      },
      this.identity,
    )
  }

  /** Assigns a task on the newest stream. Returns its id. */
  async assign(fields: Partial<Assignment> = {}): Promise<string> {
    const taskId = fields.taskId ?? uuidv7()
    await this.stream.send({ assign: this.assignment({ ...fields, taskId }) })
    return taskId
  }

  /** Offers and assigns one task. */
  async publish(fields: Partial<Assignment> = {}): Promise<string> {
    await this.claimed(1)
    return await this.assign(fields)
  }

  /** The oldest message of a kind (about that task) that was not taken yet; waits for it. */
  async next<K extends Kind>(kind: K, taskId?: string): Promise<Of<K>> {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      for (const message of this.log) {
        const content = message[kind]
        if (content === undefined || this.#taken.has(message)) continue
        if (taskId !== undefined && taskIdOf(message) !== taskId) continue
        this.#taken.add(message)
        return content as Of<K>
      }
      await this.#changed(deadline, `${kind} ${taskId ?? ''}; got ${this.log.map(summary).join(', ')}`)
    }
  }

  count(kind: Kind): number {
    return this.log.filter((message) => message[kind] !== undefined).length
  }

  /** Waits until something is true of what came. */
  async until(condition: () => boolean, what = 'a condition'): Promise<void> {
    const deadline = Date.now() + WAIT_MS
    while (!condition()) await this.#changed(deadline, what)
  }

  /** The verified outcome of a task, as it was pushed. */
  async outcome(taskId: string): Promise<{ signed: Signed; outcome: TaskOutcome }> {
    const signed = await this.next('outcome', taskId)
    const { message, publicKey } = openSigned('outcome', signed)
    if (!Buffer.from(publicKey).equals(this.node.identity.publicKey))
      throw new Error('Signed by somebody else')
    return { signed, outcome: message }
  }

  receiptFor(outcome: Signed, fields: Partial<Receipt> = {}): Signed {
    const decoded = TaskOutcome.decode(outcome.payload)
    return signMessage(
      'receipt',
      {
        taskId: decoded.taskId,
        node: new Uint8Array(this.node.identity.publicKey),
        resultHash: new Uint8Array(createHash('sha256').update(outcome.payload).digest()),
        modelDigest: decoded.modelDigest,
        promptTokens: decoded.promptTokens,
        completionTokens: decoded.completionTokens,
        amountMicro: decoded.amountMicro,
        issuedAtMs: Date.now(),
        ...fields,
      },
      this.identity,
    )
  }

  /** Pays for an outcome on the newest stream and waits for the acknowledgement. */
  async pay(outcome: Signed): Promise<void> {
    await this.stream.send({ receipt: this.receiptFor(outcome) })
    await this.next('acknowledged', TaskOutcome.decode(outcome.payload).taskId)
  }

  /** Asks the node on a stream of its own. */
  async poll(
    taskId: string,
    fields: Partial<ResultRequest> = {},
    identity = this.identity,
  ): Promise<ResultAnswer> {
    const request = signMessage(
      'result-request',
      {
        taskId,
        node: new Uint8Array(this.node.identity.publicKey),
        issuedAtMs: Date.now(),
        cancel: false,
        ...fields,
      },
      identity,
    )
    return await this.ask({ request })
  }

  async ask(question: ToResult): Promise<ResultAnswer> {
    const framed = await this.network.openStream(
      RESULT_PROTOCOL,
      { peerId: this.node.network.peerId, addresses: this.node.network.addresses() },
      { signal: AbortSignal.timeout(WAIT_MS) },
    )
    const stream = messageStream(framed, { send: ToResult, receive: ResultAnswer, check: checkResultAnswer })
    await stream.send(question)
    for await (const answer of stream.messages()) {
      await stream.close()
      return answer
    }
    throw new Error('The node did not answer')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network.stop()
    await this.#closeLogs()
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  async #changed(deadline: number, what: string): Promise<void> {
    const leftMs = deadline - Date.now()
    const changed = new Promise<boolean>((resolve) => {
      this.#wake.push(() => resolve(true))
    })
    const timer = new AbortController()
    const inTime = await Promise.race([changed, delay(Math.max(0, leftMs), false, { signal: timer.signal })])
    timer.abort()
    if (!inTime) throw new Error(`Waited in vain for ${what}`)
  }
}

function taskIdOf(message: FromNode): string | undefined {
  if (message.outcome !== undefined) return TaskOutcome.decode(message.outcome.payload).taskId
  const about =
    message.accepted ?? message.started ?? message.rejected ?? message.chunk ?? message.acknowledged
  return about?.taskId
}

function summary(message: FromNode): string {
  const kind = Object.entries(message).find(([, value]) => value !== undefined)?.[0] ?? '?'
  if (message.credit !== undefined) return `credit ${message.credit.credits}`
  if (message.claim !== undefined) return `claim ${message.claim.credits}`
  if (message.rejected !== undefined) return `rejected ${message.rejected.errorCode}`
  return kind
}
