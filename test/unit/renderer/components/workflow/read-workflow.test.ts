import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearestNode } from '../../../../../src/renderer/components/nearest-node.ts'
import { fitScale, placePicture } from '../../../../../src/renderer/components/workflow/layout.ts'
import {
  DRAWN_TASKS,
  readWorkflow,
  type WorkflowPicture,
} from '../../../../../src/renderer/components/workflow/read-workflow.ts'
import { workflows } from '../../../protocol/workflow/workflows.ts'

const task = (id: string, operator = 'generation') => ({ id, operator, messages: [] })
const pictureOf = (workflow: unknown): WorkflowPicture => {
  const { picture } = readWorkflow(JSON.stringify(workflow))
  if (picture === undefined) throw new Error('There is no picture')
  return picture
}
const looping = {
  tasks: [task('ask'), task('score', 'check'), task('mend'), task('alone'), task('_end', 'end')],
  steps: [
    { source: 'ask', target: 'score', fallback: 'mend' },
    {
      source: 'score',
      target: '_end',
      condition: {
        input: { type: 'size', key: 'questions' },
        expression: 'GreaterThanOrEqual',
        expected: '5',
        target_if_not: 'ask',
      },
    },
    { source: 'mend', target: 'ask' },
    { source: 'mend', target: '_end' },
  ],
}

describe('a workflow read for drawing', () => {
  it('has its tasks, and each way between them with its words', () => {
    const picture = pictureOf(looping)
    expect(picture.start).toBe('ask')
    expect(picture.tasks.map(({ id, isReached }) => [id, isReached])).toEqual([
      ['ask', true],
      ['score', true],
      ['mend', true],
      ['alone', false],
    ])
    expect(picture.edges.map(({ source, branch, target, label }) => [source, branch, target, label])).toEqual(
      [
        ['ask', 'target', 'score', undefined],
        ['ask', 'fallback', 'mend', 'if it fails'],
        ['score', 'target', undefined, 'size of questions ≥ 5'],
        ['score', 'target_if_not', 'ask', 'else'],
        // Of two steps with one source the first counts, as it does in a run.
        ['mend', 'target', 'ask', undefined],
      ],
    )
  })

  it('ends the run where a target is no step’s source, even if there is such a task', () => {
    const picture = pictureOf({ tasks: [task('a'), task('b')], steps: [{ source: 'a', target: 'b' }] })
    expect(picture.edges[0]?.target).toBeUndefined()
    expect(picture.tasks.find(({ id }) => id === 'b')?.isReached).toBe(false)
  })

  it('shows a step whose task is missing', () => {
    const picture = pictureOf({ tasks: [task('a')], steps: [{ source: 'b', target: 'a' }, { source: 'a' }] })
    // Nothing runs under that name, so the run would end there; one who edits is told by the tasks that remain.
    expect(picture.tasks.map(({ id, exists }) => [id, exists])).toEqual([
      ['b', false],
      ['a', true],
    ])
  })

  it.each([
    ['', 'No workflow yet'],
    ['  \n', 'No workflow yet'],
    ['{"tasks": [', 'Not valid JSON yet'],
    ['[]', 'Nothing to draw yet'],
    ['{"tasks": {}}', 'Nothing to draw yet'],
    ['{"tasks": [{"id": 7}]}', 'Nothing to draw yet'],
    [`${' '.repeat(2 ** 21)}{}`, 'Too large to draw'],
  ])('says what is missing in %j', (text, title) => {
    expect(readWorkflow(text).missing).toMatchObject({ title, hint: expect.stringMatching(/\.$/) })
  })

  it('says where JSON breaks off', () => {
    expect(readWorkflow('{\n  "tasks": [}').missing?.hint).toMatch(/^Line 2, column 13: expected /)
  })

  it('draws a bounded part of a large one, and counts the rest', () => {
    const ids = Array.from({ length: DRAWN_TASKS + 56 }, (_, index) => `t${index}`)
    const picture = pictureOf({
      tasks: ids.map((id) => task(id)),
      steps: ids.map((source, index) => ({ source, target: ids[index + 1] ?? '_end' })),
    })
    expect(picture.tasks.length).toBe(DRAWN_TASKS)
    expect(picture.undrawn).toBe(56)
    expect(
      picture.edges.every(({ target }) => target === undefined || ids.indexOf(target) < DRAWN_TASKS),
    ).toBe(true)
  })

  it('can be laid out, whatever it is', () => {
    const texts = fc.oneof(
      workflows(20).map((workflow) => JSON.stringify(workflow)),
      fc.json(),
      fc.string(),
    )
    fc.assert(
      fc.property(texts, fc.constantFrom('down' as const, 'right' as const), (text, direction) => {
        const { picture, missing } = readWorkflow(text)
        if (picture === undefined) {
          expect(missing?.title).toBeTruthy()
          return
        }
        const placed = placePicture(picture, direction)
        expect(placed.nodes.filter(({ kind }) => kind === 'task').length).toBe(picture.tasks.length)
        for (const { x, y } of placed.nodes) expect([x, y].every(Number.isFinite)).toBe(true)
        for (const { path, source, target } of placed.edges) {
          expect(path).toMatch(/^M[-\d.]+ [-\d.]+(?:[QLC][-\d. ]+)+$/)
          for (const end of [source, target]) expect(placed.nodes.some(({ id }) => id === end)).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  })
})

describe('a placed picture', () => {
  it('takes a thicket of ways, every one of them a line, without working on it for seconds', () => {
    const ids = Array.from({ length: DRAWN_TASKS }, (_, index) => `t${index}`)
    const idAt = (index: number) => ids[index % ids.length] as string
    const picture = pictureOf({
      tasks: ids.map((id) => task(id)),
      steps: ids.map((source, index) => ({
        source,
        target: idAt(index + 1),
        fallback: idAt(index * 7),
        condition: { input: {}, expression: 'Equal', expected: '', target_if_not: idAt(index * 13) },
      })),
    })
    for (const direction of ['down', 'right'] as const) {
      const { edges } = placePicture(picture, direction)
      expect(edges.length).toBe(3 * DRAWN_TASKS + 1)
      expect(edges.filter(({ path }) => !path.startsWith('M'))).toEqual([])
    }
  })

  it('has the start first and the end last, without tasks over one another', () => {
    const { nodes } = placePicture(pictureOf(looping), 'down')
    const y = (id: string) => nodes.find((node) => node.id === id)?.y ?? Number.NaN
    expect(y('start')).toBeLessThan(y('task0'))
    expect(y('end')).toBeGreaterThan(y('task1'))
    for (const [index, a] of nodes.entries()) {
      for (const b of nodes.slice(index + 1)) {
        const isApart =
          a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
        expect(isApart, `${a.id} and ${b.id}`).toBe(true)
      }
    }
  })

  it('is shrunk to fit, never enlarged', () => {
    const placed = { nodes: [], edges: [], width: 400, height: 200 }
    expect(fitScale(placed, { width: 200, height: 200 })).toBe(0.5)
    expect(fitScale(placed, { width: 4_000, height: 4_000 })).toBe(1)
    expect(fitScale({ ...placed, width: 0 }, { width: 10, height: 10 })).toBe(1)
  })

  it('is walked through by arrow keys', () => {
    const { nodes } = placePicture(
      pictureOf({
        tasks: [task('a'), task('b')],
        steps: [
          { source: 'a', target: 'b' },
          { source: 'b', target: '_end' },
        ],
      }),
      'down',
    )
    const tasks = nodes.filter(({ kind }) => kind === 'task')
    expect(nearestNode(tasks, 'task0', 'ArrowDown')?.id).toBe('task1')
    expect(nearestNode(tasks, 'task1', 'ArrowUp')?.id).toBe('task0')
    expect(nearestNode(tasks, 'task1', 'ArrowDown')).toBeUndefined()
    expect(nearestNode(tasks, 'task1', 'Home')?.id).toBe('task0')
    expect(nearestNode(tasks, 'task0', 'End')?.id).toBe('task1')
    expect(nearestNode(tasks, 'task0', 'x')).toBeUndefined()
  })
})
