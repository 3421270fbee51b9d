import type { Page } from 'playwright-core'
import { launchApp, type RunningApp } from '../../helpers/app.ts'
import { until } from '../../helpers/driad-process.ts'
import { ModelStores } from '../../helpers/model-stores.ts'
import { demoModelPath } from '../../helpers/models.ts'
import { startHost } from '../../helpers/network-hosts.ts'
import type { Camera } from '../camera.ts'
import { type Market, NETWORK } from '../market.ts'
import type { Place } from '../place.ts'
import { demoRepository } from '../slow-hub.ts'
import { earnings, tasks } from './earning.ts'
import { isOnline, openBackup, saveBackup } from './first-run.ts'
import { testView } from './test-view.ts'
import { upkeep } from './upkeep.ts'

/** Tasks done before the pictures are taken: lists are longer than the window then. */
const LEAST_TASKS = 120

/** One node with two models, among two nodes, a relay, a node behind it, and four requesters. */
export async function atWork(camera: Camera, place: Place, market: Market): Promise<void> {
  const stores = new ModelStores(place.home())
  stores.lmStudio(demoModelPath, 'driad', 'demo-1m-GGUF', 'demo-1m-Q8_0.gguf')
  stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'demo', '1m'])

  await using relay = await startHost(NETWORK, { relay: true, agent: 'driad/0.1.0' })
  // It listens nowhere and dials nobody by itself, as behind a router that cannot be punched.
  await using hidden = await startHost(NETWORK, {
    listen: [],
    limits: { wantedConnections: 0 },
    knows: [relay],
    agent: 'driad/0.1.0',
  })
  await until(() => hidden.host.reachability().relays.length > 0, 'a place on the relay')
  hidden.host.listenForOffers(['demo'])
  await using app = await launchApp({
    dataDir: place.dataDir('driad'),
    network: NETWORK,
    args: [hidden, relay].flatMap(({ host }) => ['--bootstrap', host.addresses()[0] ?? '']),
    env: place.env,
  })
  const { page } = app
  page.setDefaultTimeout(place.patienceMs)
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await isOnline(app)
  await goTo(page, 'network')
  const address = await addressOf(page)
  await market.node('neighbour', '--bootstrap', address)
  await market.node('other', '--bootstrap', address)

  await goTo(page, 'overview/first-run/key')
  await saveBackup(app, place.home('own-key.json'))
  await openBackup(page)
  await getDemo(page)
  market.openFor(address)
  await market.disputeWith(address)
  await until(() => tasksDone(page), `${LEAST_TASKS} tasks`, place.patienceMs * 2)
  await putSetUpAway(page)

  await goTo(page, 'overview')
  await page.getByRole('img', { name: /Last hour: [1-9]/ }).waitFor()
  await camera.take(app, 'overview')
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog', { name: 'Commands' }).getByRole('textbox').waitFor()
  await camera.take(app, 'commands')
  await page.keyboard.press('Escape')

  await models(camera, app)
  await tasks(camera, app)
  await earnings(camera, app)
  await network(camera, app)
  await testView(camera, app)
  await upkeep(camera, app)

  await goTo(page, 'overview')
  await page.getByRole('region', { name: 'Node', exact: true }).getByRole('button', { name: 'Pause' }).click()
  await page.getByRole('menuitem', { name: 'For an hour' }).click()
  await page.getByRole('region', { name: 'Paused', exact: true }).waitFor()
  await camera.take(app, 'paused')
}

/** By its address, whose last part may be a tab. */
export async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((to) => {
    location.hash = to
  }, `#/${hash}`)
  await page.getByRole('heading', { level: 1 }).waitFor()
}

async function addressOf(page: Page): Promise<string> {
  const shown = page.getByText(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//).first()
  return (await shown.textContent())?.trim() ?? ''
}

/** Fetches a second model as a person does, by where it is. */
async function getDemo(page: Page): Promise<void> {
  await goTo(page, 'models/get')
  await page.getByRole('textbox', { name: 'By reference or address' }).fill(`hf:${demoRepository}:Q8_0`)
  await page.keyboard.press('Enter')
  await page.getByRole('region', { name: 'Downloads' }).getByText('Here', { exact: true }).waitFor()
}

async function putSetUpAway(page: Page): Promise<void> {
  await goTo(page, 'overview')
  const away = page.getByRole('button', { name: 'Put the set-up list away' })
  if (await away.isVisible()) await away.click()
}

async function tasksDone(page: Page): Promise<boolean> {
  await goTo(page, 'overview')
  const label = await page.getByRole('region', { name: 'Latest tasks' }).waitFor()
  const tile = await page
    .getByText('Tasks today')
    .locator('..')
    .locator('[title]')
    .first()
    .getAttribute('title')
  return label === undefined && Number((tile ?? '0').replaceAll(/\D/g, '')) >= LEAST_TASKS
}

async function models(camera: Camera, app: RunningApp): Promise<void> {
  const { page } = app
  await goTo(page, 'models')
  const demo = page.getByRole('region', { name: 'demo', exact: true })
  await demo.getByText('Ready').waitFor()
  await camera.take(app, 'models')
  await page.getByRole('button', { name: 'Details of demo' }).first().click()
  await demo.getByText(/% of the speed of/).waitFor()
  await camera.take(app, 'model-details', () => demo.evaluate((card) => card.scrollIntoView()))
  await page.getByRole('button', { name: 'Details of demo' }).first().click()

  await goTo(page, 'models/get')
  const best = page.getByRole('region', { name: 'Best for this computer' })
  await best.getByRole('button', { name: /^Get it: / }).click()
  await page.getByText(/\/s · .* left/).waitFor()
  await camera.take(app, 'models-get')
  const catalogue = page.getByRole('region', { name: 'Catalogue' })
  await catalogue.getByRole('textbox', { name: 'Search the catalogue' }).fill('gemma 3')
  await catalogue.getByRole('button', { name: /^Versions of Gemma 3 1B/ }).click()
  await camera.take(app, 'models-catalogue', () => catalogue.evaluate((panel) => panel.scrollIntoView()))

  await goTo(page, 'models/files')
  await page.getByRole('region', { name: 'Found on this computer' }).getByRole('button').first().click()
  await page.getByRole('list', { name: 'Models found' }).getByText('Ollama').first().waitFor()
  await camera.take(app, 'models-files')
  await goTo(page, 'models/devices')
  await camera.take(app, 'models-devices')
}

async function network(camera: Camera, app: RunningApp): Promise<void> {
  const { page } = app
  const map = page.getByRole('group', { name: 'Map of peers' })
  await goTo(page, 'network')
  await until(
    async () => (await map.getByRole('button', { name: 'not measured' }).count()) === 0,
    'every peer’s distance',
  )
  await page.locator('.recharts-surface').first().waitFor()
  await camera.take(app, 'network')
  await map
    .getByRole('button', { name: /direct/ })
    .first()
    .click()
  const drawer = page.getByRole('dialog', { name: 'Peer details' })
  await drawer.getByRole('heading', { name: 'Connection' }).waitFor()
  await camera.take(app, 'network-peer')
  await page.keyboard.press('Escape')
  await goTo(page, 'network/offers')
  await page.getByRole('table', { name: 'Offers by model' }).getByRole('row').nth(1).waitFor()
  await camera.take(app, 'network-offers')
  await goTo(page, 'network/kept-out')
  await page.getByRole('textbox', { name: 'Peer id, address or network' }).fill('203.0.113.0/24')
  await page.getByRole('button', { name: 'Add rule' }).click()
  await page.getByRole('button', { name: 'Remove the rule for 203.0.113.0/24' }).waitFor()
  await camera.take(app, 'network-kept-out')
}
