import type { ConnectionProtector, MessageStream, MultiaddrConnection } from '@libp2p/interface'
import { byteStream } from '@libp2p/utils'
import type { Uint8ArrayList } from 'uint8arraylist'

/** How every connection of an open network begins: the length and the name of multistream-select. */
const GREETING = [0x13, ...Buffer.from('/multistream/1.0.0\n')]

export class ForeignGreetingError extends Error {
  override name = 'ForeignGreetingError'
  constructor() {
    super('It began with bytes that are not of an open libp2p network')
  }
}

/**
 * In the place where a private network has its key: ends a connection whose first bytes are not a greeting. A peer on a
 * private network begins with 24 random bytes, of which multistream-select would read a length, and mostly wait for as
 * many bytes until its time is up.
 */
export function greetingCheck(): () => ConnectionProtector {
  return () => ({
    protect: async (connection: MultiaddrConnection): Promise<MessageStream> => {
      if (connection.readBufferLength > 0) {
        const bytes = byteStream(connection)
        const first = await bytes.read({ bytes: Math.min(GREETING.length, connection.readBufferLength) })
        if (isForeign(first)) {
          const error = new ForeignGreetingError()
          connection.abort(error)
          throw error
        }
        bytes.unwrap()
        connection.unshift(first)
        return connection
      }
      const check = ({ data }: { readonly data: Uint8Array | Uint8ArrayList }) => {
        connection.removeEventListener('message', check)
        if (isForeign(data)) connection.abort(new ForeignGreetingError())
      }
      connection.addEventListener('message', check)
      return connection
    },
  })
}

function isForeign(data: Uint8Array | Uint8ArrayList): boolean {
  // A list of arrays throws where a range goes past its end.
  const bytes = data.subarray(0, Math.min(data.byteLength, GREETING.length))
  return bytes.some((byte, index) => byte !== GREETING[index])
}
