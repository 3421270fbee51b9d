import { v7 as uuidv7 } from 'uuid'
import type { Identity } from '../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import {
  type FramedStream,
  type NetworkHost,
  RESULT_PROTOCOL,
  type VerifiedOffer,
  WORK_PROTOCOL,
} from '../../src/node/network/contract.ts'
import { createNetworkHost } from '../../src/node/network/create-host.ts'
import { type MessageStream, messageStream } from '../../src/node/network/message-stream.ts'
import { amountMicro } from '../../src/protocol/money.ts'
import { checkFromRequester, checkToResult } from '../../src/protocol/wire/checks.ts'
import {
  type Assignment,
  type Claim,
  FromNode,
  FromRequester,
  Receipt,
  ResultAnswer,
  type Signed,
  type TaskOutcome,
  ToResult,
} from '../../src/protocol/wire/messages.pb.ts'
import { openSigned, signMessage } from '../../src/protocol/wire/signing.ts'

const WAIT_MS = 15_000
const DIGEST = new Uint8Array(32).fill(7)

type Kind = keyof FromRequester

export interface ScriptedNodeInit {
  readonly networkName: string
  readonly identity?: Identity
  /** Peers that it dials. Otherwise it waits to be dialled. */
  readonly bootstrap?: readonly string[]
  readonly models?: readonly string[]
  /** Tokens per sequence, as it claims. */
  readonly contextSize?: number
}

/** A node that does what the test says, right or wrong: a real host and real keys, and no will of its own. */
export class ScriptedNode implements AsyncDisposable {
  readonly network: NetworkHost
  readonly identity: Identity
  /** Every message of the requester, in order, over all streams. */
  readonly log: FromRequester[] = []
  readonly offers: VerifiedOffer[] = []
  /** Questions on the result protocol. */
  readonly questions: ToResult[] = []
  /** What it answers to questions; UNKNOWN where the test says nothing. */
  answer: (question: ToResult) => Promise<Partial<ResultAnswer>> | Partial<ResultAnswer> = () => ({})
  /** Whether it acknowledges receipts on the work stream. */
  acknowledges = true
  #stream: MessageStream<FromNode, FromRequester> | undefined
  readonly #init: ScriptedNodeInit
  readonly #taken = new Set<FromRequester>()
  readonly #closeLogs: () => Promise<void>
  #wake: (() => void)[] = []

  private constructor(
    network: NetworkHost,
    identity: Identity,
    init: ScriptedNodeInit,
    closeLogs: () => Promise<void>,
  ) {
    this.network = network
    this.identity = identity
    this.#init = init
    this.#closeLogs = closeLogs
  }

  static async start(init: ScriptedNodeInit): Promise<ScriptedNode> {
    const identity = init.identity ?? (await createEphemeralIdentity())
    const logs = createLogger({ level: 'error' })
    const network = await createNetworkHost({
      privateKey: identity.privateKey,
      networkName: init.networkName,
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: init.bootstrap ?? [],
      mdns: false,
      dht: false,
      logger: logs.logger,
    })
    const node = new ScriptedNode(network, identity, init, () => logs.close())
    await network.handle(RESULT_PROTOCOL, (framed) => node.#serve(framed))
    await network.start()
    network.onOffer((offer) => {
      node.offers.push(offer)
      node.#tell()
    })
    network.listenForOffers(init.models ?? ['demo'])
    return node
  }

  /** The newest offer that has tasks. */
  async offer(): Promise<VerifiedOffer> {
    await this.until(() => this.offers.some(({ offer }) => offer.taskCount > 0), 'an offer')
    return this.offers.findLast(({ offer }) => offer.taskCount > 0) as VerifiedOffer
  }

  /** Opens a work stream to whoever made the newest offer, and claims it. */
  async claim(fields: Partial<Claim> = {}): Promise<void> {
    const { offer } = await this.offer()
    const framed = await this.network.openStream(
      WORK_PROTOCOL,
      { peerId: offer.contact, addresses: offer.addresses },
      { signal: AbortSignal.timeout(WAIT_MS) },
    )
    const stream = messageStream(framed, {
      send: FromNode,
      receive: FromRequester,
      check: checkFromRequester,
    })
    this.#stream = stream
    void this.#read(stream)
    await this.send({
      claim: {
        offerId: offer.offerId,
        credits: 1,
        models: (this.#init.models ?? ['demo']).map((name) => ({
          name,
          digest: DIGEST,
          contextSize: this.#init.contextSize ?? 512,
          slots: 4,
          tokensPerSecond: 100,
          promptMicroPer1k: 1_000n,
          completionMicroPer1k: 2_000n,
        })),
        running: 0,
        tools: [],
        mailboxes: [],
        addresses: [...this.network.addresses()],
        ...fields,
      },
    })
  }

  /** Claims, and accepts what is assigned. */
  async takeTask(): Promise<Assignment> {
    await this.claim()
    const assignment = await this.assigned()
    await this.send({ accepted: { taskId: assignment.taskId } })
    return assignment
  }

  async assigned(): Promise<Assignment> {
    return openSigned('assignment', await this.next('assign')).message
  }

  async send(message: FromNode): Promise<void> {
    if (this.#stream === undefined) throw new Error('There is no work stream: claim first')
    await this.#stream.send(message)
  }

  /** A correct outcome of an assignment, but for what the test wants otherwise. */
  outcome(
    assignment: Assignment,
    fields: Partial<TaskOutcome> = {},
    signer: Identity = this.identity,
  ): Signed {
    const tokens = { promptTokens: 10, completionTokens: 5, ...fields }
    const price = {
      promptMicroPer1k: assignment.promptMicroPer1k,
      completionMicroPer1k: assignment.completionMicroPer1k,
    }
    const requester = this.offers.at(-1)?.requester ?? new Uint8Array(32)
    return signMessage(
      'outcome',
      {
        taskId: assignment.taskId,
        requester: new Uint8Array(requester),
        ok: true,
        result: 'A result',
        errorCode: '',
        errorMessage: '',
        model: assignment.model,
        modelDigest: DIGEST,
        totalMs: 12,
        amountMicro: amountMicro(price, tokens),
        finishedAtMs: Date.now(),
        ...tokens,
      },
      signer,
    )
  }

  /** The oldest message of a kind that was not taken yet; waits for it. */
  async next<K extends Kind>(kind: K): Promise<NonNullable<FromRequester[K]>> {
    const find = () => this.log.find((message) => message[kind] !== undefined && !this.#taken.has(message))
    await this.until(() => find() !== undefined, kind)
    const message = find() as FromRequester
    this.#taken.add(message)
    return message[kind] as NonNullable<FromRequester[K]>
  }

  count(kind: Kind): number {
    return this.log.filter((message) => message[kind] !== undefined).length
  }

  /** Whether its work stream is gone, whoever ended it. */
  get cut(): boolean {
    return this.#stream === undefined
  }

  hangUp(): void {
    this.#stream?.abort(new Error('The test hangs up'))
    this.#stream = undefined
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + WAIT_MS
    while (!condition()) {
      const leftMs = deadline - Date.now()
      if (leftMs <= 0) throw new Error(`Waited in vain for ${what}`)
      let timer: NodeJS.Timeout | undefined
      await Promise.race([
        new Promise<void>((resolve) => this.#wake.push(resolve)),
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, Math.min(leftMs, 250))
        }),
      ])
      clearTimeout(timer)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network.stop()
    await this.#closeLogs()
  }

  async #read(stream: MessageStream<FromNode, FromRequester>): Promise<void> {
    try {
      for await (const message of stream.messages()) {
        this.log.push(message)
        this.#tell()
        if (message.receipt === undefined || !this.acknowledges) continue
        await stream.send({ acknowledged: { taskId: Receipt.decode(message.receipt.payload).taskId } })
      }
      await stream.close()
    } catch {
      // The test, or the requester, cut it.
    }
    if (this.#stream === stream) this.#stream = undefined
    this.#tell()
  }

  async #serve(framed: FramedStream): Promise<void> {
    const stream = messageStream(framed, { send: ResultAnswer, receive: ToResult, check: checkToResult })
    for await (const question of stream.messages()) {
      this.questions.push(question)
      this.#tell()
      const answer = await this.answer(question)
      await stream.send({ status: ResultAnswer.Status.UNKNOWN, errorCode: '', errorMessage: '', ...answer })
    }
    await stream.close()
  }

  #tell(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

/** An id of a task that nobody has. */
export function strangeTaskId(): string {
  return uuidv7()
}
