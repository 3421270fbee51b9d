import type { NetworkKey } from './network-key.ts'

/** What libp2p throws where a peer was reached and the two did not understand each other. */
const handshakeErrors = new Set([
  'ForeignGreetingError',
  'EncryptionFailedError',
  'InvalidCryptoExchangeError',
  'UnexpectedEOFError',
  'StreamResetError',
  'MuxerUnavailableError',
])

/**
 * Why a peer could not be connected to, in words. Two nodes with different network keys only see noise of each other, so
 * all that can be said is that the keys may differ.
 */
export function explainDial(cause: unknown, key: NetworkKey | undefined): string {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const inner = error instanceof AggregateError ? (error.errors as Error[]) : [error]
  const message = inner.map((each) => each.message).join('; ')
  if (!inner.some(isHandshake)) return message
  const keys =
    key === undefined
      ? 'It may be on a private network, which takes its key (--network-key)'
      : `It may not be on the private network with key ${key.fingerprint}, or have another key`
  return `It was reached and did not understand us (${message}). ${keys}`
}

/** The TCP transport says "connection error" of what failed before there was a connection. */
function isHandshake({ name, message }: Error): boolean {
  if (message.startsWith('connection error')) return false
  return handshakeErrors.has(name) || /ECONNRESET|EPIPE|socket hang up/.test(message)
}
