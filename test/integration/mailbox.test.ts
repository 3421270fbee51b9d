import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import type { Identity } from '../../src/node/identity/contract.ts'
import { createEphemeralIdentity } from '../../src/node/identity/identity.ts'
import { MailExchange, type MailExchangeComponents } from '../../src/node/mailbox/mail-exchange.ts'
import { MailAnswer } from '../../src/protocol/wire/messages.pb.ts'
import { until } from '../helpers/driad-process.ts'
import { type MailboxNode, startMailbox } from '../helpers/mailbox-node.ts'
import { aNetworkName, startHost, type TestHost } from '../helpers/network-hosts.ts'
import { eventually } from '../helpers/test-requester.ts'

const { UNKNOWN, KEPT, LETTER, REPLIED, CLEARED, REFUSED } = MailAnswer.Status
const signal = AbortSignal.timeout(300_000)
const HOUR_MS = 3_600_000

function exchangeOf(host: TestHost, identity: Identity, mailbox: MailboxNode): Promise<MailExchange> {
  const target = { peerId: mailbox.network.peerId, addresses: mailbox.network.addresses() }
  return MailExchange.open({ network: host.host, identity }, target, { signal })
}

function aLetter(recipient: Identity, bytes = 100) {
  return {
    taskId: uuidv7(),
    recipient: recipient.publicKey,
    sealed: new Uint8Array(bytes).fill(7),
    expiresAtMs: Date.now() + HOUR_MS,
  }
}

/** A mailbox, a node that leaves letters, and a requester whose process has another key than its identity. */
async function scene(init: Omit<Parameters<typeof startMailbox>[0], 'networkName'> = {}) {
  const networkName = aNetworkName()
  const stack = new AsyncDisposableStack()
  const mailbox = stack.use(await startMailbox({ networkName, ...init }))
  const node = stack.use(await startHost(networkName))
  const process = stack.use(await startHost(networkName))
  const requester = await createEphemeralIdentity()
  const leaving = await exchangeOf(node, node.identity, mailbox)
  const asking = await exchangeOf(process, requester, mailbox)
  stack.defer(async () => {
    await leaving.close()
    await asking.close()
  })
  return {
    mailbox,
    node,
    process,
    requester,
    leaving,
    asking,
    depositor: node.identity.peerId,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

describe('a letter in a mailbox', () => {
  it('goes to its recipient, whose reply goes to the depositor, who clears it', async () => {
    await using it = await scene()
    const letter = aLetter(it.requester)
    const name = { taskId: letter.taskId, depositor: it.depositor }
    expect(await it.leaving.deposit(letter, { signal })).toMatchObject({ status: KEPT })
    expect(await it.leaving.fetch(name, { signal })).toMatchObject({ status: KEPT })
    const fetched = await it.asking.fetch(name, { signal })
    expect(fetched.status).toBe(LETTER)
    expect(Buffer.from(fetched.sealed)).toEqual(Buffer.from(letter.sealed))

    const sealed = new Uint8Array(50).fill(9)
    expect(await it.asking.reply({ ...name, sealed }, { signal })).toMatchObject({ status: REPLIED })
    expect(await it.asking.fetch(name, { signal })).toMatchObject({ status: REPLIED })
    const answer = await it.leaving.fetch(name, { signal })
    expect(answer.status).toBe(REPLIED)
    expect(Buffer.from(answer.reply?.publicKey ?? [])).toEqual(Buffer.from(it.requester.publicKey))
    // The letter itself went with the reply.
    expect(it.mailbox.letters.sealed(letter.taskId, it.depositor)).toBeUndefined()

    expect(await it.leaving.clear(name, { signal })).toMatchObject({ status: CLEARED })
    expect(await it.leaving.fetch(name, { signal })).toMatchObject({ status: UNKNOWN })
    expect(it.mailbox.letters.use()).toEqual({ letters: 0, bytes: 0 })
  })

  it('is kept once, and unknown to everybody else', async () => {
    await using it = await scene()
    const letter = aLetter(it.requester)
    const name = { taskId: letter.taskId, depositor: it.depositor }
    await it.leaving.deposit(letter, { signal })
    await it.leaving.deposit({ ...letter, sealed: new Uint8Array(9) }, { signal })
    expect(Buffer.from((await it.asking.fetch(name, { signal })).sealed)).toEqual(Buffer.from(letter.sealed))

    const stranger = await exchangeOf(it.process, await createEphemeralIdentity(), it.mailbox)
    expect(await stranger.fetch(name, { signal })).toMatchObject({ status: UNKNOWN })
    expect(await stranger.reply({ ...name, sealed: new Uint8Array(9) }, { signal })).toMatchObject({
      status: UNKNOWN,
    })
    expect(await stranger.clear(name, { signal })).toMatchObject({ status: UNKNOWN })
    await stranger.close()
    // The recipient cannot clear, nor the depositor reply in its place.
    expect(await it.asking.clear(name, { signal })).toMatchObject({ status: REFUSED })
    expect(await it.leaving.reply({ ...name, sealed: new Uint8Array(9) }, { signal })).toMatchObject({
      status: REFUSED,
    })
    expect(await it.asking.fetch(name, { signal })).toMatchObject({ status: LETTER })
  })

  it('is taken only from the node that signed it, and only if it is for this mailbox', async () => {
    await using it = await scene()
    const asOther = await exchangeOf(it.node, await createEphemeralIdentity(), it.mailbox)
    expect(await asOther.deposit(aLetter(it.requester), { signal })).toMatchObject({
      status: REFUSED,
      errorCode: 'bad_signature',
    })
    await asOther.close()
    await using elsewhere = await startMailbox({ networkName: it.node.host.networkName })
    const target = { peerId: it.mailbox.network.peerId, addresses: it.mailbox.network.addresses() }
    const misled: MailExchangeComponents['network'] = {
      openStream: (protocol, _elsewhere, options) => it.node.host.openStream(protocol, target, options),
    }
    const wrong = await MailExchange.open(
      { network: misled, identity: it.node.identity },
      { peerId: elsewhere.network.peerId, addresses: [] },
      { signal },
    )
    expect(await wrong.deposit(aLetter(it.requester), { signal })).toMatchObject({
      status: REFUSED,
      errorCode: 'bad_message',
    })
    await wrong.close()
    expect(it.mailbox.letters.use().letters).toBe(0)
  })

  it('is gone when it has expired', async () => {
    await using it = await scene({ limits: { sweepMs: 20 } })
    const letter = { ...aLetter(it.requester), expiresAtMs: Date.now() + 300 }
    expect(await it.leaving.deposit(letter, { signal })).toMatchObject({ status: KEPT })
    await eventually(() => it.mailbox.letters.use().letters === 0, 'it is swept')
    expect(
      await it.asking.fetch({ taskId: letter.taskId, depositor: it.depositor }, { signal }),
    ).toMatchObject({ status: UNKNOWN })
  })
})

describe('a mailbox that is full', () => {
  const full = { status: REFUSED, errorCode: 'no_capacity' }

  it('takes a part of its bytes from one depositor, and for one requester', async () => {
    await using it = await scene({ capacityBytes: () => 4_000, limits: { shareOfOne: 0.5 } })
    expect(await it.leaving.deposit(aLetter(it.requester, 1_500), { signal })).toMatchObject({ status: KEPT })
    const other = await createEphemeralIdentity()
    expect(await it.leaving.deposit(aLetter(other, 1_500), { signal })).toMatchObject(full)
    const second = await exchangeOf(it.process, it.process.identity, it.mailbox)
    expect(await second.deposit(aLetter(it.requester, 1_500), { signal })).toMatchObject(full)
    expect(await second.deposit(aLetter(other, 1_500), { signal })).toMatchObject({ status: KEPT })
    await second.close()
    expect(it.mailbox.letters.use()).toEqual({ letters: 2, bytes: 3_000 })
  })

  it('counts letters, too, and takes new ones when old ones are cleared', async () => {
    await using it = await scene({ limits: { maxLetters: 2, shareOfOne: 1 } })
    const [one, two, three] = [1, 2, 3].map(() => aLetter(it.requester))
    if (one === undefined || two === undefined || three === undefined) throw new Error('three letters')
    await it.leaving.deposit(one, { signal })
    await it.leaving.deposit(two, { signal })
    expect(await it.leaving.deposit(three, { signal })).toMatchObject(full)
    await it.leaving.clear({ taskId: one.taskId, depositor: it.depositor }, { signal })
    expect(await it.leaving.deposit(three, { signal })).toMatchObject({ status: KEPT })
  })

  it('gives out what it has when its operator turns it off', async () => {
    let capacity = 10_000
    await using it = await scene({ capacityBytes: () => capacity })
    const letter = aLetter(it.requester)
    await it.leaving.deposit(letter, { signal })
    capacity = 0
    expect(await it.leaving.deposit(aLetter(it.requester), { signal })).toMatchObject(full)
    expect(
      await it.asking.fetch({ taskId: letter.taskId, depositor: it.depositor }, { signal }),
    ).toMatchObject({ status: LETTER })
  })

  it('answers a peer only so often', async () => {
    await using it = await scene({ limits: { ratePerSecond: 0.001, burst: 2 } })
    const name = { taskId: uuidv7(), depositor: it.depositor }
    expect(await it.asking.fetch(name, { signal })).toMatchObject({ status: UNKNOWN })
    expect(await it.asking.fetch(name, { signal })).toMatchObject({ status: UNKNOWN })
    expect(await it.asking.fetch(name, { signal })).toMatchObject(full)
  })
})

describe('who keeps a letter', () => {
  it('is known from the connection, and from the DHT', async () => {
    const networkName = aNetworkName()
    await using mailbox = await startMailbox({ networkName, dht: true })
    await using middle = await startHost(networkName, {
      dht: true,
      bootstrap: [...mailbox.network.addresses()],
    })
    await using far = await startHost(networkName, { dht: true, knows: [middle] })
    await eventually(
      () => middle.host.peersWith('/driad/mail/1').some((peer) => peer.peerId === mailbox.network.peerId),
      'the neighbour knows',
    )
    expect(middle.host.peersWith('/driad/mail/1')[0]?.addresses.length).toBeGreaterThan(0)
    expect(middle.host.peersWith('/driad/work/1')).toEqual([])

    const leaving = await exchangeOf(middle, middle.identity, mailbox)
    const letter = aLetter(await createEphemeralIdentity())
    await leaving.deposit(letter, { signal })
    await leaving.close()
    let found: readonly { readonly peerId: string }[] = []
    await until(async () => {
      found = await far.host.findLetters(letter.taskId, { signal })
      return found.length > 0
    }, 'word of the letter')
    expect(found.map((peer) => peer.peerId)).toEqual([mailbox.network.peerId])
  })
})
