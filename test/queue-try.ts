import { mkdtempSync, rmSync } from 'node:fs'
import { benchAccepted, benchQueued } from './bench/queue.ts'

const f = mkdtempSync('/tmp/volume/q-')
const c0 = process.cpuUsage()
if (process.argv[2] !== 'accept')
  console.log('queued', await benchQueued(f, { tasks: 20_000, rounds: Number(process.argv[3] ?? 2) }))
const c1 = process.cpuUsage(c0)
console.log('cpu us per', (c1.user + c1.system) / 42_000)
if (process.argv[2] !== 'queue') console.log('accepted', await benchAccepted(f))
rmSync(f, { recursive: true, force: true })
