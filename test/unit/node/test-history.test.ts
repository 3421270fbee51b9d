import { describe, expect, it } from 'vitest'
import { openStore } from '../../../src/node/store/open-store.ts'
import { TestHistory } from '../../../src/node/test-history.ts'
import type { TestRunInput } from '../../../src/protocol/views.ts'
import type { StepEnded } from '../../../src/protocol/workflow/step-report.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

const ask: TestRunInput = { where: 'here', model: 'demo', prompt: 'What is\na node?' }
const step = (index: number, output = 'x'): StepEnded => ({
  type: 'step_ended',
  index,
  taskId: `task-${index}`,
  durationMs: 1,
  inputs: {},
  output,
  branch: 'target',
  next: '_end',
  changes: [],
})

async function withHistory(
  body: (history: TestHistory, again: () => Promise<TestHistory>) => Promise<void>,
): Promise<void> {
  using folder = tempFolder()
  let store = openStore({ path: folder.file('a.sqlite') })
  try {
    await body(new TestHistory({ store }), async () => {
      await store.close()
      store = openStore({ path: folder.file('a.sqlite') })
      return new TestHistory({ store })
    })
  } finally {
    await store.close()
  }
}

describe('the history of test runs', () => {
  it('keeps what a run was given and what came of it, also when the program starts again', async () => {
    await withHistory(async (history, again) => {
      const stats = { promptTokens: 3, completionTokens: 5, totalMs: 20 }
      const record = history.follow(ask)
      record.step({ type: 'step', index: 0, taskId: 'task-0', operator: 'generation' })
      record.step(step(0))
      await record.end({ ok: true, result: 'A computer.', stats })
      await history.follow({ ...ask, where: 'network' }).end({
        ok: false,
        error: { code: 'no_node', message: 'Nobody is there' },
      })
      await history.follow({ where: 'here', model: 'demo', workflowJson: '{' }).end(undefined)

      const items = (await again()).list()
      expect(items.map(({ where, outcome, title }) => [where, outcome, title])).toEqual([
        ['here', 'stopped', 'A workflow that is not valid'],
        ['network', 'failed', 'What is a node?'],
        ['here', 'done', 'What is a node?'],
      ])
    })
    await withHistory(async (history) => {
      const record = history.follow(ask)
      record.step(step(0))
      await record.end({ ok: true, result: 'A computer.' })
      const [item] = history.list()
      expect(history.get(item?.id ?? '')).toEqual({
        ...item,
        input: ask,
        result: 'A computer.',
        steps: [step(0)],
      })
      await history.forget(item?.id)
      expect(() => history.get(item?.id ?? '')).toThrow(expect.objectContaining({ code: 'unknown_task' }))
    })
  })

  it('is bounded in runs, steps and bytes, and forgets all when told to', async () => {
    await withHistory(async (history) => {
      const large = history.follow(ask)
      for (let index = 0; index < 1_000; index++) large.step(step(index, 'ä'.repeat(100_000)))
      await large.end({ ok: true, result: 'y'.repeat(1_000_000) })
      const kept = history.get(history.list()[0]?.id ?? '')
      expect(kept.steps).toHaveLength(200)
      expect(kept.steps.at(-1)).toMatchObject({ taskId: 'task-999', clipped: true })
      expect(JSON.stringify(kept).length).toBeLessThan(1_200_000)

      await Promise.all(
        Array.from({ length: 250 }, (_, number) =>
          history.follow({ ...ask, prompt: `Number ${number}` }).end({ ok: true }),
        ),
      )
      expect(history.list()).toHaveLength(200)
      expect(history.list()[0]?.title).toBe('Number 249')

      // Large inputs push older runs out sooner, and never the one that just ended.
      const workflowJson = 'x'.repeat(20 * 1024 * 1024)
      for (let number = 0; number < 5; number++)
        await history.follow({ where: 'here', model: 'demo', workflowJson }).end({ ok: true })
      expect(history.list()).toHaveLength(3)
      const huge = { ...ask, workflowJson: 'x'.repeat(70 * 1024 * 1024) }
      await history.follow(huge).end({ ok: true })
      expect(history.list()).toHaveLength(1)
      await history.forget()
      expect(history.list()).toEqual([])
    })
  })
})
