import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'

/** How a home's router gives out ports to what goes out. */
export type RouterKind =
  /** The same public port for every peer (Linux keeps the source port): hole punching can work. */
  | 'one-port'
  /** Another, random one for each peer: it cannot. */
  | 'port-per-peer'

export interface Home {
  /** Puts a command into the home's network: `ip netns exec …`. */
  readonly within: readonly string[]
  /** Of its router, as the others see it. */
  readonly address: string
  /** Has the router let in connections to this port, to the home's computer. */
  forwardPort(port: number): void
}

export interface Homes extends Disposable {
  /** The network of a public server that both homes reach, and its address. */
  readonly server: { readonly within: readonly string[]; readonly address: string }
  readonly one: Home
  readonly other: Home
  /** Bytes of TCP segments with content that went from one home's router to the other's since the beginning. */
  directBytes(): number
}

/** Undefined where namespaces can be made here; else why they cannot. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces exist on Linux only'
  if (userInfo().uid !== 0) return 'only root can make network namespaces'
  const missing = ['ip', 'nft'].filter((program) => !isThere(program))
  if (missing.length > 0) return `${missing.join(' and ')} missing (Debian: iproute2 nftables)`
  const name = `driad-try-${process.pid}`
  const added = spawnSync('ip', ['netns', 'add', name], { encoding: 'utf8' })
  if (added.status !== 0) return `the system refuses: ${added.stderr.trim()}`
  try {
    const rules = spawnSync('ip', ['netns', 'exec', name, 'nft', '-f', '-'], {
      input: routerRules('lo', 'one-port'),
      encoding: 'utf8',
    })
    return rules.status === 0 ? undefined : `nftables refuses: ${rules.stderr.trim()}`
  } finally {
    spawnSync('ip', ['netns', 'del', name])
  }
}

/**
 * Two homes behind routers, and a server that is the internet between them. All of it is in namespaces of its own, with
 * no way out: the addresses look public and lead nowhere else. Removed when disposed, with all that runs inside.
 */
export function makeHomes(kind: RouterKind): Homes {
  const prefix = `driad-${process.pid}-${Math.random().toString(36).slice(2, 6)}`
  const names: string[] = []
  const remove = () => {
    for (const name of names.splice(0)) {
      // What still runs in it would keep the namespace alive.
      const pids = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).stdout ?? ''
      for (const pid of pids.split('\n').filter((line) => line !== '')) {
        try {
          process.kill(Number(pid), 'SIGKILL')
        } catch {
          // It ended meanwhile.
        }
      }
      spawnSync('ip', ['netns', 'del', name])
    }
    process.off('exit', remove)
  }
  // After a failure, too, and when the test runner ends early.
  process.on('exit', remove)
  try {
    const add = (part: string) => {
      const name = `${prefix}-${part}`
      ip('netns', 'add', name)
      names.push(name)
      inside(name, 'ip', 'link', 'set', 'lo', 'up')
      return name
    }
    const server = add('net')
    forward(server)
    const home = (number: 1 | 2): Home => {
      const router = add(`router${number}`)
      const computer = add(`home${number}`)
      const [inNet, inRouter] = [`45.10.${number}.1`, `45.10.${number}.2`]
      const [lan, own] = [`192.168.1${number}.1`, `192.168.1${number}.2`]
      connect(server, `r${number}`, `${inNet}/24`, router, 'wan', `${inRouter}/24`)
      connect(router, 'lan', `${lan}/24`, computer, 'eth', `${own}/24`)
      inside(router, 'ip', 'route', 'add', 'default', 'via', inNet)
      inside(computer, 'ip', 'route', 'add', 'default', 'via', lan)
      forward(router)
      nft(router, routerRules('wan', kind))
      return {
        within: within(computer),
        address: inRouter,
        forwardPort: (port) => nft(router, forwardingRules('wan', port, own)),
      }
    }
    const one = home(1)
    const other = home(2)
    nft(server, COUNTING)
    return {
      server: { within: within(server), address: '45.10.1.1' },
      one,
      other,
      directBytes: () => {
        const listing = inside(server, 'nft', 'list', 'chain', 'ip', 'count', 'between')
        return Number(/bytes (\d+)/.exec(listing)?.[1])
      },
      [Symbol.dispose]: remove,
    }
  } catch (error) {
    remove()
    throw error
  }
}

/** Lets out everything and in only what answers, as routers at home do. */
function routerRules(wan: string, kind: RouterKind): string {
  return `
    table ip router {
      chain out { type nat hook postrouting priority srcnat; oifname "${wan}" masquerade ${kind === 'one-port' ? '' : 'random'}; }
      chain in { type filter hook input priority filter; iifname "${wan}" ct state new,invalid drop; }
      chain through { type filter hook forward priority filter; iifname "${wan}" ct state new,invalid drop; }
    }`
}

function forwardingRules(wan: string, port: number, to: string): string {
  return `
    table ip forwarding {
      chain to { type nat hook prerouting priority dstnat; iifname "${wan}" tcp dport ${port} dnat to ${to}:${port}; }
    }
    insert rule ip router through ct status dnat accept`
}

/** What passes the server without being for it, and has content: attempts that lead to nothing have none. */
const COUNTING = `
  table ip count {
    chain between { type filter hook forward priority filter; tcp flags & psh == psh counter; }
  }`

function connect(
  one: string,
  oneEnd: string,
  oneIp: string,
  other: string,
  otherEnd: string,
  otherIp: string,
) {
  inside(one, 'ip', 'link', 'add', oneEnd, 'type', 'veth', 'peer', 'name', otherEnd, 'netns', other)
  for (const [name, end, address] of [
    [one, oneEnd, oneIp],
    [other, otherEnd, otherIp],
  ] as const) {
    inside(name, 'ip', 'address', 'add', address, 'dev', end)
    inside(name, 'ip', 'link', 'set', end, 'up')
  }
}

function forward(name: string): void {
  inside(name, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ip_forward')
}

function within(name: string): readonly string[] {
  return ['ip', 'netns', 'exec', name]
}

function inside(name: string, program: string, ...args: string[]): string {
  return ip('netns', 'exec', name, program, ...args)
}

function nft(name: string, rules: string): void {
  execFileSync('ip', ['netns', 'exec', name, 'nft', '-f', '-'], { input: rules, stdio: 'pipe' })
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: 'pipe' })
}

function isThere(program: string): boolean {
  return ['/usr/sbin', '/sbin', '/usr/bin', '/bin'].some((folder) => existsSync(`${folder}/${program}`))
}
