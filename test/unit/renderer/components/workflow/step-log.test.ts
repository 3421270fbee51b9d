import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StepReport } from '../../../../../src/protocol/workflow/step-report.ts'
import {
  edgeKey,
  emptyLog,
  isEmptyLog,
  KEPT_STEPS,
  logOf,
  taskLog,
  withReport,
  withRunEnded,
} from '../../../../../src/renderer/components/workflow/step-log.ts'
import { ended, reports, started } from './reports.ts'

describe('a step log', () => {
  it('knows what each task did, and which ways were taken', () => {
    const log = logOf([
      started(0, 'a'),
      ended(0, 'a', { durationMs: 5 }),
      ended(1, 'b', { branch: 'target_if_not' }),
      ended(2, 'a', { durationMs: 7, branch: 'fallback' }),
      started(3, 'b'),
    ])
    expect(taskLog(log, 'a')).toEqual({
      runs: 2,
      totalMs: 12,
      lastBranch: 'fallback',
      isRunning: false,
      hasFailed: true,
    })
    expect(taskLog(log, 'b')).toMatchObject({ runs: 1, isRunning: true, hasFailed: false })
    expect(taskLog(log, 'c')).toMatchObject({ runs: 0, lastBranch: undefined })
    expect([...log.edges]).toEqual([
      [edgeKey('a', 'target'), 1],
      [edgeKey('b', 'target_if_not'), 1],
      [edgeKey('a', 'fallback'), 1],
    ])
    expect(log.lastEdge).toBe(edgeKey('a', 'fallback'))
  })

  it('says when a running step began, until it ends or the run does', () => {
    const running = withReport(emptyLog, started(0, 'a'), 1_000)
    expect(running.running).toMatchObject({ index: 0, taskId: 'a', startedAtMs: 1_000 })
    expect(isEmptyLog(running)).toBe(false)
    expect(withReport(running, ended(0, 'a')).running).toBeUndefined()
    expect(withRunEnded(running).running).toBeUndefined()
  })

  it('counts steps that were skipped, and those of which nothing is known', () => {
    const log = logOf([ended(2, 'a', { skipped: 2 }), ended(9, 'a', { skipped: 3 })])
    expect(log).toMatchObject({ skipped: 5, missing: 3 })
  })

  it('keeps the newest steps, and the figures of all', () => {
    const log = logOf(Array.from({ length: KEPT_STEPS + 20 }, (_, index) => ended(index, 'a')))
    expect(log.steps.length).toBe(KEPT_STEPS)
    expect(log.steps[0]?.index).toBe(20)
    expect(log.dropped).toBe(20)
    expect(log.missing).toBe(0)
    expect(taskLog(log, 'a').runs).toBe(KEPT_STEPS + 20)
  })

  it('lets older steps go where their texts are long', () => {
    const output = 'x'.repeat(6 * 1024 * 1024)
    const log = logOf([0, 1, 2, 3].map((index) => ended(index, 'a', { output })))
    expect(log.steps.map(({ index }) => index)).toEqual([2, 3])
    expect(log.dropped).toBe(2)
  })

  it('goes back to where a run is taken up again', () => {
    const log = logOf([ended(0, 'a'), ended(1, 'b', { branch: 'fallback' }), ended(2, 'c'), started(1, 'b')])
    expect(log.steps.map(({ taskId }) => taskId)).toEqual(['a'])
    expect(taskLog(log, 'b')).toMatchObject({ runs: 0, isRunning: true })
    expect(taskLog(log, 'c').runs).toBe(0)
    expect(log.lastEdge).toBe(edgeKey('a', 'target'))
  })

  it('begins anew where a run is taken up before all that is kept', () => {
    const long = Array.from({ length: KEPT_STEPS + 20 }, (_, index) => ended(index, 'a'))
    const log = logOf([...long, ended(0, 'b')])
    expect(log.steps.map(({ taskId }) => taskId)).toEqual(['b'])
    expect(log.dropped).toBe(0)
    expect(taskLog(log, 'a').runs).toBe(0)
  })

  it('never changes in place, holds its bounds and keeps its order, whatever is told', () => {
    fc.assert(
      fc.property(fc.array(reports, { maxLength: 60 }), (told: StepReport[]) => {
        let log = emptyLog
        for (const report of told) {
          const before = structuredClone(log)
          const next = withReport(log, report)
          expect(log).toEqual(before)
          log = next
          expect(log.steps.length).toBeLessThanOrEqual(KEPT_STEPS)
          const indices = log.steps.map(({ index }) => index)
          expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b))
          const runs = [...log.tasks.values()].reduce((sum, task) => sum + task.runs, 0)
          expect(runs).toBe(log.steps.length + log.dropped)
          expect([...log.edges.values()].reduce((sum, times) => sum + times, 0)).toBe(runs)
        }
      }),
      { numRuns: 60 },
    )
  })
})
