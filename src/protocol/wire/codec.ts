import type { Uint8ArrayList } from 'uint8arraylist'
import { DriadError } from '../errors.ts'

/** The two functions of a generated message that the wire needs. */
export interface WireCodec<Message> {
  encode(message: Message): Uint8Array<ArrayBuffer>
  decode(bytes: Uint8Array | Uint8ArrayList): Message
}

/**
 * Decodes and checks in one step. Throws `too_large` before decoding when there are more than `maxBytes`,
 * and `bad_message` for bytes that are no such message or hold values out of range.
 */
export function decodeChecked<Message>(
  codec: WireCodec<Message>,
  check: (message: Message) => Message,
  bytes: Uint8Array,
  maxBytes: number,
): Message {
  if (bytes.byteLength > maxBytes) {
    throw new DriadError(
      'too_large',
      `The message has ${bytes.byteLength} bytes; at most ${maxBytes} are allowed`,
    )
  }
  let message: Message
  try {
    message = codec.decode(bytes)
  } catch (cause) {
    throw new DriadError('bad_message', 'The bytes are not a message of this protocol', { cause })
  }
  return check(message)
}
