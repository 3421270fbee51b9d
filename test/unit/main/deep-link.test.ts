import { expect, it } from 'vitest'
import { linkAmong, routeOfLink } from '../../../src/main/deep-link.ts'
import { WindowRequests } from '../../../src/main/window-requests.ts'
import { parseRoute } from '../../../src/renderer/app/routes.ts'

it.each([
  ['driad://settings', { view: 'settings' }],
  ['driad://models/get', { view: 'models', tab: 'get' }],
  ['driad:///models/devices/', { view: 'models', tab: 'devices' }],
  ['DRIAD://tasks/executed/0193-abc', { view: 'tasks', task: { role: 'executed', taskId: '0193-abc' } }],
  ['driad://no-such-view', { view: 'overview' }],
])('%s leads to its place', (link, place) => {
  expect(parseRoute(routeOfLink(link) ?? '')).toEqual(place)
})

it.each([
  'https://settings',
  'driad:settings',
  'driad://',
  'driad://settings?theme=dark',
  'driad://settings#x',
  'driad://settings/<script>',
  'driad://a/b/c/d',
  `driad://tasks/executed/${'x'.repeat(300)}`,
  'x driad://settings',
])('%s leads nowhere', (link) => {
  expect(routeOfLink(link)).toBeUndefined()
})

it('is found among what a system starts a program with', () => {
  expect(linkAmong(['/usr/bin/driad', '--hidden', 'driad://logs'])).toBe('driad://logs')
  expect(linkAmong(['/usr/bin/driad', '--data-dir', '/x'])).toBeUndefined()
})

it('waits for the window that is to show it', () => {
  const routes = new WindowRequests<string>((_earlier, later) => later)
  routes.request('#/logs')
  routes.request('#/models')
  const shown: string[] = []
  const stop = routes.follow((route) => shown.push(route))
  routes.request('#/tasks')
  stop()
  routes.request('#/test')
  expect(shown).toEqual(['#/models', '#/tasks'])
  routes.follow((route) => shown.push(route))
  expect(shown.at(-1)).toBe('#/test')
})
