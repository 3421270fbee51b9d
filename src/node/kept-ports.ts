import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { z } from 'zod'

/**
 * A port that the system chose once is asked for again at the next start: what others remember of this node (a requester
 * that polls for its result, a bootstrap list) stays true. Keys are the addresses as they were set, with port 0.
 */
export type KeptPorts = ReadonlyMap<string, number>

const FREE_PORT = /\/tcp\/0(?=\/|$)/
const portsSchema = z.record(z.string().max(512), z.int().min(1).max(65_535))

/** Empty where there is no such file, or it is damaged: it is only a preference. */
export function readKeptPorts(path: string): KeptPorts {
  try {
    const parsed = portsSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    return new Map(parsed.success ? Object.entries(parsed.data) : [])
  } catch {
    return new Map()
  }
}

/** The addresses to listen on, with the ports of the last time in the place of 0. */
export function withKeptPorts(listen: readonly string[], ports: KeptPorts): readonly string[] {
  return listen.map((address) => {
    const port = ports.get(address)
    return port === undefined ? address : address.replace(FREE_PORT, `/tcp/${port}`)
  })
}

/**
 * Remembers which ports the system chose. `actual` are the addresses that the node listens on; which of them came from
 * which setting is told by their transport, and by the ports that were set explicitly.
 */
export function writeKeptPorts(path: string, listen: readonly string[], actual: readonly string[]): void {
  const open = listen.filter((address) => FREE_PORT.test(address))
  if (open.length === 0) return
  const explicit = new Set(listen.map(portOf).filter((port) => port !== 0))
  const ports: Record<string, number> = {}
  for (const address of open) {
    const match = actual.find((each) => {
      const port = portOf(each)
      return (
        isWebSocket(each) === isWebSocket(address) &&
        familyOf(each) === familyOf(address) &&
        port !== 0 &&
        !explicit.has(port)
      )
    })
    if (match === undefined) continue
    const port = portOf(match)
    ports[address] = port
    explicit.add(port)
  }
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(ports)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

function portOf(address: string): number {
  return Number(/\/tcp\/(\d+)/.exec(address)?.[1] ?? 0)
}

/** `ip4` or `ip6`; a relay's address is not one that we listen on. */
function familyOf(address: string): string | undefined {
  return address.includes('/p2p-circuit') ? 'relay' : address.split('/')[1]
}

function isWebSocket(address: string): boolean {
  return /\/wss?(\/|$)/.test(address)
}
