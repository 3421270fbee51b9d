// Loaded into every process of the chaos run, before the program. Leads connections to the ports of other members through
// the run's proxies, so that there is no way round these, and puts the clock wrong. The program itself knows nothing of it.
import net from 'node:net'

/** @type {{ routes: Record<string, number>, clockOffsetMs: number }} */
const { routes, clockOffsetMs } = JSON.parse(process.env['DRIAD_CHAOS'] ?? '{"routes":{},"clockOffsetMs":0}')

const connect = net.Socket.prototype.connect
/** @this {net.Socket} @param {any[]} args */
net.Socket.prototype.connect = function (...args) {
  // net.connect passes its arguments on in an array that is marked as checked: it has to stay the same array.
  const holder = Array.isArray(args[0]) ? args[0] : args
  const to = routes[holder[0]?.port]
  if (to !== undefined) holder[0] = { ...holder[0], port: to }
  return Reflect.apply(connect, this, args)
}

if (clockOffsetMs !== 0) {
  const RealDate = Date
  globalThis.Date = class extends RealDate {
    /** @param {any[]} args */
    constructor(...args) {
      // @ts-expect-error -- whatever Date takes
      super(...(args.length === 0 ? [RealDate.now() + clockOffsetMs] : args))
    }
    static now() {
      return RealDate.now() + clockOffsetMs
    }
  }
}
