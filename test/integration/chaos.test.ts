import { expect, it } from 'vitest'
import { runChaos } from '../chaos/run-chaos.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

// The same as `npm run chaos -- --minutes 1 --nodes 2 --requesters 2`; what it says is shown only where it fails.
it('a minute of harm by chance leaves every task at its end, and the same amounts on both sides', async () => {
  using folder = tempFolder()
  const said: string[] = []
  const report = await runChaos({
    folder: folder.path,
    seed: 5,
    faultsMs: 60_000,
    nodes: 2,
    requesters: 2,
    say: (line) => said.push(line),
  })
  expect(report.problems, said.join('\n')).toEqual([])
  expect(report.creditMicro).toBe(report.debitMicro)
  expect(report.credits).toBeGreaterThan(0)
  expect(Object.values(report.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(5)
}, 600_000)
