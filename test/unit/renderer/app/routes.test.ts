import { describe, expect, it } from 'vitest'
import { firstRunSteps } from '../../../../src/protocol/first-run-views.ts'
import {
  earningsTabs,
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
    expect(routeHash({ view: 'settings', tab: 'updates' })).toBe('#/settings/updates')
    expect(parseRoute('#/settings/updates')).toEqual({ view: 'settings', tab: 'updates' })
    for (const tab of earningsTabs.slice(1)) {
      expect(parseRoute(routeHash({ view: 'earnings', tab }))).toEqual({ view: 'earnings', tab })
    }
  })

  it('open a step of the set-up, and the set-up where it was for a step that is none', () => {
    for (const step of firstRunSteps) {
      const route = { view: 'overview', tab: 'first-run', step } as const
      expect(routeHash(route)).toBe(`#/overview/first-run/${step}`)
      expect(parseRoute(routeHash(route))).toEqual(route)
    }
    expect(parseRoute('#/overview/first-run/nowhere')).toEqual({ view: 'overview', tab: 'first-run' })
    expect(parseRoute('#/models/get/key')).toEqual({ view: 'models', tab: 'get' })
  })

  it('open a peer beside any part of the Network view', () => {
    for (const tab of networkTabs.slice(1)) {
      const route = { view: 'network', tab } as const
      expect(parseRoute(routeHash(route))).toEqual(route)
      expect(parseRoute(routeHash({ ...route, peer: 'a/b' }))).toEqual({ ...route, peer: 'a/b' })
    }
    expect(routeHash({ view: 'network', tab: 'peers' })).toBe('#/network')
    expect(routeHash({ view: 'network', peer: '12D3' })).toBe('#/network/peers/12D3')
    expect(parseRoute('#/network/peers/12D3')).toEqual({ view: 'network', peer: '12D3' })
    expect(parseRoute('#/network/nowhere/12D3')).toEqual({ view: 'network' })
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
