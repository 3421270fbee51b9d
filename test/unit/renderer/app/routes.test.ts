import { describe, expect, it } from 'vitest'
import { parseRoute, routeHash, viewNames } from '../../../../src/renderer/app/routes.ts'

describe('routes', () => {
  it('read back what they write', () => {
    for (const view of viewNames) expect(parseRoute(routeHash({ view }))).toEqual({ view })
    const open = { view: 'tasks', task: { role: 'executed', taskId: 'a/b c' } } as const
    expect(parseRoute(routeHash(open))).toEqual(open)
  })

  it.each(['', '#', '#/', '#/nowhere', '#/tasks/other/1'])('%j leads to a view that exists', (hash) => {
    expect(viewNames).toContain(parseRoute(hash).view)
  })
})
