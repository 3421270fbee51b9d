import { v7 as uuidv7 } from 'uuid'
import { describe, expect, it } from 'vitest'
import { openStore } from '../../../../src/node/store/open-store.ts'
import {
  endedCounts,
  receivables,
  taskPage,
  taskRow,
  taskView,
} from '../../../../src/node/tasks/task-pages.ts'
import { type NewTask, type TaskEnd, TaskStore } from '../../../../src/node/tasks/task-store.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

const bytes = new Uint8Array([1, 2, 3])

function newTask(fields: Partial<NewTask> = {}): NewTask {
  return {
    taskId: uuidv7(),
    requester: 'alice',
    contact: { peerId: 'contact', addresses: ['/ip4/127.0.0.1/tcp/1'] },
    assignment: { payload: bytes, signature: bytes },
    title: 'A task',
    model: 'demo',
    deadlineMs: 9_000,
    createdAtMs: 1_000,
    ...fields,
  }
}

function ended(fields: Partial<TaskEnd> = {}): TaskEnd {
  return {
    state: 'completed',
    endedAtMs: 2_000,
    promptTokens: 1,
    completionTokens: 2,
    totalMs: 3,
    amountMicro: 100n,
    outcome: { payload: bytes, signature: bytes },
    ...fields,
  }
}

async function withTasks(work: (tasks: TaskStore) => Promise<void>): Promise<void> {
  using folder = tempFolder()
  const store = openStore({ path: folder.file('driad.db') })
  try {
    await work(new TaskStore(store))
  } finally {
    await store.close()
  }
}

async function add(tasks: TaskStore, task: NewTask, end?: TaskEnd): Promise<string> {
  await tasks.store.write((tx) => {
    tasks.insert(tx, task)
    if (end !== undefined) tasks.end(tx, task.taskId, end)
  })
  return task.taskId
}

describe('pages of tasks', () => {
  it('come newest first and have no gap and no repetition, also where times are equal', async () => {
    await withTasks(async (tasks) => {
      const ids: string[] = []
      for (let i = 0; i < 25; i++)
        ids.push(await add(tasks, newTask({ createdAtMs: 1_000 + Math.floor(i / 10) })))
      const seen: string[] = []
      let cursor: string | undefined
      do {
        const page = taskPage(tasks.store, { limit: 7, ...(cursor === undefined ? {} : { cursor }) })
        expect(page.rows.length).toBeLessThanOrEqual(7)
        seen.push(...page.rows.map((row) => row.task_id))
        cursor = page.nextCursor
      } while (cursor !== undefined)
      expect(seen).toEqual(ids.toReversed())
    })
  })

  it('are filtered by state, model and text, in which wildcards are only text', async () => {
    await withTasks(async (tasks) => {
      const odd = await add(tasks, newTask({ title: '100% sure_thing' }))
      const done = await add(tasks, newTask({ model: 'other', requester: 'bob' }), ended())
      const find = (query: object) =>
        taskPage(tasks.store, { limit: 10, ...query }).rows.map((row) => row.task_id)
      expect(find({ state: 'completed' })).toEqual([done])
      expect(find({ model: 'demo' })).toEqual([odd])
      expect(find({ search: '100%' })).toEqual([odd])
      expect(find({ search: '%' })).toEqual([odd])
      expect(find({ search: 'sure_t' })).toEqual([odd])
      expect(find({ search: 'bob' })).toEqual([done])
      expect(find({ search: done.slice(0, 30) })).toContain(done)
      expect(find({ search: "x' OR 1=1 --" })).toEqual([])
    })
  })

  it.each(['', 'x', '1', '99999999999999999999.abc', "1.'; DROP TABLE node_tasks; --"])(
    'refuse the cursor %j',
    async (cursor) => {
      await withTasks(async (tasks) => {
        expect(() => taskPage(tasks.store, { limit: 1, cursor })).toThrowError(
          expect.objectContaining({ code: 'bad_usage' }),
        )
      })
    },
  )

  it('say why a success was not paid, and of a failure how it failed', async () => {
    await withTasks(async (tasks) => {
      const paidLate = await add(tasks, newTask(), ended())
      const error = { code: 'cancelled', message: 'why' } as const
      const failed = await add(tasks, newTask(), ended({ state: 'cancelled', error, amountMicro: 0n }))
      await tasks.store.write((tx) => tasks.giveUpUnpaid(tx, 5_000))
      const view = (taskId: string) => {
        const row = taskRow(tasks.store, taskId)
        return row === undefined ? undefined : taskView(row)
      }
      expect(view(paidLate)).toMatchObject({
        state: 'completed',
        amountMicro: '100',
        unpaidReason: expect.any(String),
      })
      expect(view(failed)).toMatchObject({ state: 'cancelled', error })
      expect(view(failed)?.unpaidReason).toBeUndefined()
    })
  })
})

describe('figures of tasks', () => {
  it('tell what is due, what is lost, and how the day went', async () => {
    await withTasks(async (tasks) => {
      expect(receivables(tasks.store)).toEqual({
        pendingMicro: 0n,
        pendingTasks: 0,
        disputedMicro: 0n,
        disputedTasks: 0,
        unpaidMicro: 0n,
        unpaidTasks: 0,
      })
      const error = { code: 'internal', message: 'x' } as const
      const lost = await add(tasks, newTask(), ended({ amountMicro: 7n }))
      await tasks.store.write((tx) => tasks.markSuperseded(tx, lost, 'Superseded'))
      const paid = await add(tasks, newTask(), ended({ amountMicro: 50n }))
      await tasks.store.write((tx) =>
        tasks.markAcknowledged(tx, paid, { ledgerSeq: 1, deliveredAtMs: 2_001 }),
      )
      await add(tasks, newTask(), ended({ amountMicro: 2n ** 60n }))
      await add(tasks, newTask(), ended({ state: 'failed', error, amountMicro: 0n }))
      await add(tasks, newTask(), ended({ endedAtMs: 1_999 }))
      expect(receivables(tasks.store)).toEqual({
        pendingMicro: 2n ** 60n + 100n,
        pendingTasks: 2,
        disputedMicro: 0n,
        disputedTasks: 0,
        unpaidMicro: 7n,
        unpaidTasks: 1,
      })
      expect(endedCounts(tasks.store, 2_000)).toEqual({ completed: 3, failed: 1 })
    })
  })
})
