import { connect, type Socket } from 'node:net'

/** Core requests of the X protocol, version 11 (https://www.x.org/releases/X11R7.7/doc/xproto/x11protocol.html). */
const GET_WINDOW_ATTRIBUTES = 3
const QUERY_TREE = 15
const INTERN_ATOM = 16
const GET_PROPERTY = 20
const SEND_EVENT = 25

const CLIENT_MESSAGE = 33
const VIEWABLE = 2
const ANSWER_BYTES = 32
const TIMEOUT_MS = 10_000

/** The little of an X server that a user's hand does where there is no window manager: closing windows. */
export class XDisplay implements Disposable {
  readonly #socket: Socket
  readonly #root: number
  readonly #read: (bytes: number) => Promise<Buffer>

  private constructor(socket: Socket, root: number, read: (bytes: number) => Promise<Buffer>) {
    this.#socket = socket
    this.#root = root
    this.#read = read
  }

  /** `display` is as in DISPLAY, of a server on this computer that asks for no key: `:99`. */
  static async open(display: string): Promise<XDisplay> {
    const socket = connect(`/tmp/.X11-unix/X${display.replace(/^:/, '').replace(/\..*$/, '')}`)
    try {
      const read = reader(socket)
      const hello = Buffer.alloc(12)
      hello.write('l', 0, 'latin1')
      hello.writeUInt16LE(11, 2)
      socket.write(hello)
      const head = await read(8)
      const body = await read(head.readUInt16LE(6) * 4)
      if (head[0] !== 1) throw new Error(`The X server refused us: ${body.toString('latin1')}`)
      const vendorBytes = Math.ceil(body.readUInt16LE(16) / 4) * 4
      const formats = body.readUInt8(21)
      return new XDisplay(socket, body.readUInt32LE(32 + vendorBytes + formats * 8), read)
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  /** The windows that are shown and can be asked to close. */
  async closable(): Promise<readonly number[]> {
    const [protocols, deletes] = await this.#atoms()
    const tree = await this.#ask(QUERY_TREE, 0, words(this.#root))
    const windows = Array.from({ length: tree.readUInt16LE(16) }, (_, at) =>
      tree.readUInt32LE(ANSWER_BYTES + at * 4),
    )
    const found: number[] = []
    for (const window of windows) {
      const attributes = await this.#ask(GET_WINDOW_ATTRIBUTES, 0, words(window))
      if (attributes[0] !== 1 || attributes[26] !== VIEWABLE) continue
      const property = await this.#ask(GET_PROPERTY, 0, words(window, protocols, 0, 0, 32))
      const atoms = Array.from({ length: property[0] === 1 ? property.readUInt32LE(16) : 0 }, (_, at) =>
        property.readUInt32LE(ANSWER_BYTES + at * 4),
      )
      if (atoms.includes(deletes)) found.push(window)
    }
    return found
  }

  /** Asks a window to close, as a window manager does when its cross is clicked (ICCCM 4.2.8.1). */
  async close(window: number): Promise<void> {
    const [protocols, deletes] = await this.#atoms()
    const event = Buffer.alloc(32)
    event.writeUInt8(CLIENT_MESSAGE, 0)
    event.writeUInt8(32, 1)
    event.writeUInt32LE(window, 4)
    event.writeUInt32LE(protocols, 8)
    event.writeUInt32LE(deletes, 12)
    this.#send(SEND_EVENT, 0, Buffer.concat([words(window, 0), event]))
    await this.#atoms() // an answer means that what was sent before has been handled
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  async #atoms(): Promise<readonly [protocols: number, deletes: number]> {
    const one = async (name: string) => {
      const text = Buffer.alloc(Math.ceil(name.length / 4) * 4)
      text.write(name, 'latin1')
      const head = Buffer.alloc(4)
      head.writeUInt16LE(name.length, 0)
      return (await this.#ask(INTERN_ATOM, 0, Buffer.concat([head, text]))).readUInt32LE(8)
    }
    return [await one('WM_PROTOCOLS'), await one('WM_DELETE_WINDOW')]
  }

  async #ask(opcode: number, detail: number, body: Buffer): Promise<Buffer> {
    this.#send(opcode, detail, body)
    const head = await this.#read(ANSWER_BYTES)
    // An error (0) is as long as the head.
    if (head[0] !== 1) return head
    return Buffer.concat([head, await this.#read(head.readUInt32LE(4) * 4)])
  }

  #send(opcode: number, detail: number, body: Buffer): void {
    const head = Buffer.alloc(4)
    head.writeUInt8(opcode, 0)
    head.writeUInt8(detail, 1)
    head.writeUInt16LE(1 + body.length / 4, 2)
    this.#socket.write(Buffer.concat([head, body]))
  }
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) buffer.writeUInt32LE(value, at * 4)
  return buffer
}

/** Reads so many bytes of a stream at a time. Only one read may wait. */
function reader(socket: Socket): (bytes: number) => Promise<Buffer> {
  let kept = Buffer.alloc(0)
  let failure: Error | undefined
  let wake: (() => void) | undefined
  const fail = (error: Error) => {
    failure ??= error
    wake?.()
  }
  socket.setTimeout(TIMEOUT_MS, () => fail(new Error('The X server does not answer')))
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('The X server closed the connection')))
  socket.on('data', (chunk) => {
    kept = Buffer.concat([kept, chunk])
    wake?.()
  })
  return async (bytes) => {
    while (kept.length < bytes) {
      if (failure !== undefined) throw failure
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const piece = kept.subarray(0, bytes)
    kept = kept.subarray(bytes)
    return piece
  }
}
