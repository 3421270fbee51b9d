import { describe, expect, it } from 'vitest'
import {
  earningsTabs,
  modelTabs,
  parseRoute,
  routeHash,
  viewNames,
} from '../../../../src/renderer/app/routes.ts'

describe('routes', () => {
  it('read back what they write', () => {
    for (const view of viewNames) expect(parseRoute(routeHash({ view }))).toEqual({ view })
    const open = { view: 'tasks', task: { role: 'executed', taskId: 'a/b c' } } as const
    expect(parseRoute(routeHash(open))).toEqual(open)
    for (const tab of modelTabs.filter((each) => each !== 'served')) {
      expect(routeHash({ view: 'models', tab })).toBe(`#/models/${tab}`)
      expect(parseRoute(`#/models/${tab}`)).toEqual({ view: 'models', tab })
    }
    for (const tab of earningsTabs.slice(1)) {
      expect(parseRoute(routeHash({ view: 'earnings', tab }))).toEqual({ view: 'earnings', tab })
    }
  })

  it('has one address for the first part of the Models view, and none for parts that are not there', () => {
    expect(routeHash({ view: 'models', tab: 'served' })).toBe('#/models')
    expect(parseRoute('#/models/served')).toEqual({ view: 'models' })
    expect(parseRoute('#/models/nowhere')).toEqual({ view: 'models' })
    expect(parseRoute('#/logs/get')).toEqual({ view: 'logs' })
    expect(parseRoute('#/earnings/get')).toEqual({ view: 'earnings' })
    expect(routeHash({ view: 'earnings', tab: 'overview' })).toBe('#/earnings')
  })

  it.each(['', '#', '#/', '#/nowhere', '#/tasks/other/1'])('%j leads to a view that exists', (hash) => {
    expect(viewNames).toContain(parseRoute(hash).view)
  })
})
