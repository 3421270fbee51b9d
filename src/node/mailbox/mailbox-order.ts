import { createHash } from 'node:crypto'
import { multiaddr } from '@multiformats/multiaddr'
import { peerIdOf } from '../network/addresses.ts'
import type { PeerTarget } from '../network/contract.ts'

/**
 * Mailboxes in the order in which letters for a requester are left with them. It follows from the two names alone, so that a
 * node and a requester that know the same mailboxes begin with the same ones, and requesters are spread over all of them.
 */
export function inMailboxOrder(mailboxes: readonly PeerTarget[], requester: string): PeerTarget[] {
  return mailboxes
    .map((mailbox) => ({ mailbox, rank: rankOf(mailbox.peerId, requester) }))
    .sort((one, other) => Buffer.compare(one.rank, other.rank))
    .map(({ mailbox }) => mailbox)
}

function rankOf(mailbox: string, requester: string): Buffer {
  return createHash('sha256').update(`${requester}\n${mailbox}`).digest()
}

/** Mailboxes out of multiaddrs that end in peer ids, as a claim names them. What names no peer is left out. */
export function mailboxesOf(addresses: readonly string[]): PeerTarget[] {
  const found = new Map<string, string[]>()
  for (const address of addresses) {
    const peerId = readPeerId(address)
    if (peerId !== undefined) found.set(peerId, [...(found.get(peerId) ?? []), address])
  }
  return [...found].map(([peerId, ofPeer]) => ({ peerId, addresses: ofPeer }))
}

/** One address of each, with its peer id, for a claim. */
export function addressesOf(mailboxes: readonly PeerTarget[], limit: number): string[] {
  return mailboxes
    .flatMap(({ peerId, addresses: [first] }) => {
      if (first === undefined) return []
      return readPeerId(first) === undefined ? `${first}/p2p/${peerId}` : first
    })
    .slice(0, limit)
}

/** Every mailbox once, with all the addresses that are known of it. */
export function mergeMailboxes(...lists: readonly (readonly PeerTarget[])[]): PeerTarget[] {
  const merged = new Map<string, Set<string>>()
  for (const { peerId, addresses } of lists.flat()) {
    const known = merged.get(peerId) ?? new Set()
    for (const address of addresses) known.add(address)
    merged.set(peerId, known)
  }
  return [...merged].map(([peerId, addresses]) => ({ peerId, addresses: [...addresses] }))
}

function readPeerId(address: string): string | undefined {
  try {
    return peerIdOf(multiaddr(address))
  } catch {
    return undefined // it came from the network
  }
}
