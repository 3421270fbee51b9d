import { expect, it } from 'vitest'
import { prettyLine } from '../../../src/node/logs/pretty-line.ts'
import { LogWatch } from '../../soak/log-watch.ts'

const line = (level: 'info' | 'warn' | 'error', message: string) =>
  prettyLine({ seq: 1, atMs: 1_900_000_000_000, level, scope: 'network', message }, false).trimEnd()

it('keeps warnings and errors of the node and of Chromium, and counts those that are expected', () => {
  const watch = new LogWatch()
  const bad = [
    line('warn', 'A peer was lost'),
    line('error', 'The database is damaged'),
    '[12:1127/221046.853311:ERROR:gpu_init.cc(1)] The GPU process crashed',
  ]
  for (const each of [line('info', 'Joined the network'), 'what a library prints', ...bad]) watch.add(each)
  watch.add('[12:1127/221046.853311:ERROR:bus.cc(407)] Failed to connect to the bus: no such file')
  expect(watch.unexpected).toEqual(bad)
  expect([...watch.counts.values()]).toEqual([1])
  expect(watch.lines).toBe(6)
})
