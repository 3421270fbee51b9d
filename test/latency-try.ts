import { mkdtempSync, rmSync } from 'node:fs'
import { directTarget, localTarget, networkTarget } from './bench/targets.ts'

const folder = mkdtempSync('/tmp/volume/lat-')
const only = process.argv[2]
const targets =
  only === 'net'
    ? [await networkTarget(folder)]
    : [await directTarget(), await localTarget(), await networkTarget(folder)]
for (let i = 0; i < 40; i++) for (const t of targets) await t.ask(8)
const all = targets.map(() => [] as number[]),
  ends = targets.map(() => [] as number[]),
  per = targets.map(() => [] as number[])
for (let i = 0; i < 150; i++)
  for (const [k, t] of targets.entries()) {
    const r = await t.ask(1)
    all[k]?.push(r.firstTokenMs)
    ends[k]?.push(r.endMs)
  }
for (let i = 0; i < 60; i++)
  for (const [k, t] of targets.entries()) {
    const r = await t.ask(16)
    per[k]?.push((r.lastTokenMs - r.firstTokenMs) / 15)
  }
const q = (a: number[], p: number) => a.toSorted((x, y) => x - y)[Math.floor(a.length * p)]?.toFixed(2)
for (const [k, t] of targets.entries())
  console.log(
    t.name.padEnd(14),
    'first p10',
    q(all[k]!, 0.1),
    'p25',
    q(all[k]!, 0.25),
    'p50',
    q(all[k]!, 0.5),
    ' end p10',
    q(ends[k]!, 0.1),
    'p50',
    q(ends[k]!, 0.5),
    ' per token p10',
    q(per[k]!, 0.1),
    'p50',
    q(per[k]!, 0.5),
  )
for (const t of targets) await t[Symbol.asyncDispose]()
rmSync(folder, { recursive: true, force: true })
process.exit(0)
