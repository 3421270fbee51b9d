import { describe, expect, it } from 'vitest'
import {
  modelTabs,
  networkTabs,
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
  })

  it('open a peer beside any part of the Network view', () => {
    for (const networkTab of networkTabs.filter((each) => each !== 'peers')) {
      const route = { view: 'network', networkTab } as const
      expect(parseRoute(routeHash(route))).toEqual(route)
      expect(parseRoute(routeHash({ ...route, peer: 'a/b' }))).toEqual({ ...route, peer: 'a/b' })
    }
    expect(routeHash({ view: 'network', networkTab: 'peers' })).toBe('#/network')
    expect(routeHash({ view: 'network', peer: '12D3' })).toBe('#/network/peers/12D3')
    expect(parseRoute('#/network/peers/12D3')).toEqual({ view: 'network', peer: '12D3' })
    expect(parseRoute('#/network/nowhere/12D3')).toEqual({ view: 'network' })
  })

  it('has one address for the first part of the Models view, and none for parts that are not there', () => {
    expect(routeHash({ view: 'models', tab: 'served' })).toBe('#/models')
    expect(parseRoute('#/models/served')).toEqual({ view: 'models' })
    expect(parseRoute('#/models/nowhere')).toEqual({ view: 'models' })
    expect(parseRoute('#/logs/get')).toEqual({ view: 'logs' })
  })

  it.each(['', '#', '#/', '#/nowhere', '#/tasks/other/1'])('%j leads to a view that exists', (hash) => {
    expect(viewNames).toContain(parseRoute(hash).view)
  })
})
