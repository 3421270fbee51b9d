import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signMessage } from '../../src/protocol/wire/signing.ts'
import { launchApp } from '../helpers/app.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { makeTestFolder, until } from '../helpers/driad-process.ts'
import { anOffer, startHost } from '../helpers/network-hosts.ts'

/** Waits until all that the view reads is there, and drawn. */
async function isRead(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1, name: 'Network' }).waitFor()
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0)
  await page.evaluate(() => document.fonts.ready)
}

const map = (page: Page) => page.getByRole('group', { name: 'Map of peers' })

describe('the Network view, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  describe.each(['dark', 'light'] as const)('in the %s theme', (theme) => {
    it('has no barriers in any part', async () => {
      await using page = await pages.open(`?theme=${theme}#/network`)
      await isRead(page)
      await page.getByText('Directly', { exact: true }).waitFor()
      await page.locator('.recharts-surface').first().waitFor()
      await saveScreenshot(page, `network-peers-${theme}`)
      expect(await barriers(page)).toEqual([])

      await page.getByRole('tab', { name: 'Offers' }).click()
      await page.getByText('Part 3 of 8').waitFor()
      await saveScreenshot(page, `network-offers-${theme}`)
      expect(await barriers(page)).toEqual([])

      await page.getByRole('tab', { name: 'Kept out' }).click()
      await page.getByRole('list', { name: 'Your rules' }).waitFor()
      await saveScreenshot(page, `network-kept-out-${theme}`)
      expect(await barriers(page)).toEqual([])
    })

    it('says what is not as it should be, without barriers', async () => {
      await using page = await pages.open(`?theme=${theme}&behind-router&wrong-clock&peers=3#/network`)
      await isRead(page)
      await page.getByRole('alert').getByText('2 min 04 s behind 7 peers').waitFor()
      await page.getByText('Over a relay', { exact: true }).waitFor()
      await saveScreenshot(page, `network-troubled-${theme}`)
      expect(await barriers(page)).toEqual([])
    })

    it('shows a peer, without barriers', async () => {
      await using page = await pages.open(`?theme=${theme}#/network`)
      await isRead(page)
      await map(page)
        .getByRole('button', { name: /misbehaves/ })
        .click()
      const drawer = page.getByRole('dialog', { name: 'Peer details' })
      await drawer.getByRole('heading', { name: 'Tasks it did for you' }).waitFor()
      await drawer.locator('.recharts-surface').first().waitFor()
      await saveScreenshot(page, `network-peer-${theme}`)
      expect(await barriers(page)).toEqual([])
    })
  })

  it.each([1, 200, 260])('draws %i peers so that each can be seen', async (count) => {
    await using page = await pages.open(`?peers=${count}#/network`)
    await isRead(page)
    const drawn = Math.min(200, count)
    const peers = map(page).getByRole('button')
    await expect.poll(() => peers.count()).toBe(drawn)
    const boxes = await peers.evaluateAll((buttons) =>
      buttons.map((button) => {
        const { x, y, width, height } = button.getBoundingClientRect()
        return { x, y, width, height }
      }),
    )
    const overlapping = boxes.filter((one, index) =>
      boxes
        .slice(index + 1)
        .some((other) => Math.hypot(one.x - other.x, one.y - other.y) < (one.width + other.width) / 2),
    )
    expect(overlapping).toEqual([])
    expect(Math.min(...boxes.map(({ width }) => width))).toBeGreaterThan(7)
    if (count > drawn) await page.getByText('and 60 more peers in the table').waitFor()
    await saveScreenshot(page, `network-${count}-peers`)
  })

  it.each([
    ['?scenario=offline', 'Not connected'],
    ['?scenario=empty', 'No other computer found yet'],
  ])('says how it fills: %s', async (address, title) => {
    await using page = await pages.open(`${address}#/network`)
    await isRead(page)
    await page.getByText(title, { exact: true }).waitFor()
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, `network-${title === 'Not connected' ? 'offline' : 'empty'}`)
  })

  it('says what could not be read, and offers to read it again', async () => {
    await using page = await pages.open('?no-network#/network')
    await page.getByRole('alert').getByText('The node failed to look at its network').first().waitFor()
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBeGreaterThan(1)
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, 'network-unreadable')
  })

  it('fits into the smallest window', async () => {
    await using page = await pages.open('?behind-router#/network', { width: 900, height: 600 })
    for (const tab of ['Peers', 'Offers', 'Kept out']) {
      await page.getByRole('tab', { name: tab }).click()
      await isRead(page)
      const overflowing = await page.evaluate(() => {
        const main = document.querySelector('main')
        return [
          document.documentElement.scrollWidth - window.innerWidth,
          (main?.scrollWidth ?? 0) - (main?.clientWidth ?? 0),
        ]
      })
      expect(overflowing, tab).toEqual([0, 0])
      await saveScreenshot(page, `network-${tab.toLowerCase().replace(' ', '-')}-small`)
    }
  })

  it('is walked through by keyboard: from peer to peer, into one, to the next, and back', async () => {
    await using page = await pages.open('?peers=30#/network')
    await isRead(page)
    const first = map(page).locator('button[tabindex="0"]')
    await first.focus()
    const before = await first.getAttribute('data-peer')
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-peer'))
    await page.keyboard.press('End')
    await expect.poll(focused).not.toBe(before)
    await page.keyboard.press('Home')
    await expect.poll(focused).toBe(before)
    await page.keyboard.press('Enter')
    const drawer = page.getByRole('dialog', { name: 'Peer details' })
    await drawer.getByRole('heading', { name: 'Connection' }).waitFor()
    expect(page.url()).toContain(`#/network/peers/${before}`)
    await page.keyboard.press('j')
    await expect.poll(() => page.url()).not.toContain(before ?? '?')
    await page.keyboard.press('Escape')
    await drawer.waitFor({ state: 'hidden' })
    expect(page.url()).toMatch(/#\/network$/)

    const table = page.getByRole('grid', { name: 'Peers' })
    await table.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await drawer.getByRole('radio', { name: 'Block' }).focus()
    await page.keyboard.press('Space')
    await drawer.getByText('This computer never talks to it.', { exact: false }).waitFor()
    await drawer.getByText('Blocked', { exact: true }).waitFor()
  })

  it('filters the table, and pales the others in the map', async () => {
    await using page = await pages.open('?peers=30#/network')
    await isRead(page)
    await page.getByRole('radio', { name: 'Over relays' }).check()
    await expect.poll(() => page.getByRole('grid', { name: 'Peers' }).getByRole('row').count()).toBe(6)
    expect(await map(page).locator('button:not([data-pale])').count()).toBe(5)
    await page.getByRole('textbox', { name: 'Search peers' }).fill('nobody is called that')
    await page.getByText('No peer is like that').waitFor()
  })

  it('makes rules, says what is none, and takes one away', async () => {
    await using page = await pages.open('#/network/kept-out')
    const subject = page.getByRole('textbox', { name: 'Peer id, address or network' })
    await subject.fill('everybody')
    await page.getByRole('button', { name: 'Add rule' }).click()
    await page.getByText('Expected a peer id, an IP address', { exact: false }).waitFor()
    await subject.fill('203.0.113.0/24')
    await page.getByRole('button', { name: 'Add rule' }).click()
    const remove = page.getByRole('button', { name: 'Remove the rule for 203.0.113.0/24' })
    await remove.click()
    await remove.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Let in' }).click()
    await page.getByText('A peer that goes on misbehaving', { exact: false }).waitFor()
  })

  it('wrote no errors to the console', () => {
    expect(pages.errors).toEqual([])
  })
})

describe('the Network view, of real nodes', () => {
  it('shows a relay, who is behind it and who is not, and keeps out whom one blocks', async () => {
    using folder = makeTestFolder()
    const network = 'main'
    await using relay = await startHost(network, { relay: true })
    // It listens nowhere and dials nobody by itself, as behind a router that cannot be punched.
    await using hidden = await startHost(network, {
      listen: [],
      limits: { wantedConnections: 0 },
      knows: [relay],
    })
    await until(() => hidden.host.reachability().relays.length > 0, 'a place on the relay')
    hidden.host.listenForOffers(['demo'])
    await using app = await launchApp({
      dataDir: folder.dataDir('app'),
      network,
      args: [hidden, relay].flatMap(({ host }) => ['--bootstrap', host.addresses()[0] ?? '']),
    })
    const { page } = app
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByText('Online', { exact: false }).first().waitFor()
    const [address = ''] = await appAddresses(page)
    await using direct = await startHost(network, { bootstrap: [address] })
    direct.host.listenForOffers(['demo'])

    await map(page)
      .getByRole('button', { name: /over a relay/ })
      .waitFor()
    await map(page)
      .getByRole('button', { name: new RegExp(`^12D3…${direct.host.peerId.slice(-6)}, direct`) })
      .waitFor()
    // The app has a place on the relay itself, for nobody has told it a public address.
    await map(page)
      .getByRole('button', { name: /relay for you/ })
      .waitFor()
    await page.getByText('Over a relay', { exact: true }).waitFor()
    await expect.poll(() => relay.host.figures.peer(appId(address))?.help).toBe('carried')

    await until(
      () => direct.host.figures.peer(appId(address))?.models.includes('demo') === true,
      'the app to listen for offers',
    )
    const offer = { ...anOffer(direct.identity), taskCount: 0 }
    await direct.host.publishOffer(signMessage('offer', offer, direct.identity), ['demo'], {
      signal: AbortSignal.timeout(10_000),
    })
    // Pings go every 15 seconds, and what they measured is drawn.
    await expect
      .poll(() => map(page).getByRole('button', { name: 'not measured' }).count(), { timeout: 45_000 })
      .toBe(0)
    await page.locator('.recharts-surface').first().waitFor()
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme })
      await app.screenshot(`network-real-${colorScheme}`)
      expect(await barriers(page)).toEqual([])
    }

    await page.getByRole('tab', { name: 'Offers' }).click()
    const row = page.getByRole('table', { name: 'Offers by model' }).getByRole('row', { name: /^demo/ })
    await row.getByText('All of them').waitFor()
    const cells = async () => (await row.getByRole('cell').allTextContents()).slice(0, 4)
    await expect.poll(cells).toEqual(['demo', 'All of them', '2', '1'])
    await app.screenshot('network-real-offers')

    await page.getByRole('tab', { name: 'Peers' }).click()
    await page
      .getByRole('grid', { name: 'Peers' })
      .getByRole('row', { name: direct.host.peerId.slice(-6) })
      .getByText('direct')
      .click()
    const drawer = page.getByRole('dialog', { name: 'Peer details' })
    await drawer.getByText(direct.host.peerId, { exact: true }).waitFor()
    await drawer.getByText('demo', { exact: true }).waitFor()
    await app.screenshot('network-real-peer')
    await drawer.getByRole('radio', { name: 'Block' }).check()
    await drawer.getByText('Blocked', { exact: true }).waitFor()
    await until(() => direct.host.peers().every(({ peerId }) => peerId !== appId(address)), 'the end of it')
    await drawer.getByRole('button', { name: 'Close' }).click()
    await expect
      .poll(() =>
        map(page)
          .getByRole('button', { name: direct.host.peerId.slice(-6) })
          .count(),
      )
      .toBe(0)
    await page.getByRole('tab', { name: 'Kept out' }).click()
    await page.getByRole('button', { name: `Remove the rule for ${direct.host.peerId}` }).waitFor()
  })
})

/** Where the app's node listens, as the view shows it. */
async function appAddresses(page: Page): Promise<string[]> {
  await page.getByRole('navigation').getByRole('link', { name: 'Network' }).click()
  await page
    .getByText(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//)
    .first()
    .waitFor({ state: 'attached' })
  return page.getByText(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/\w+$/).allTextContents()
}

function appId(address: string): string {
  return address.split('/p2p/')[1] ?? ''
}
