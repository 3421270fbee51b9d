import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publicKeyOfPeerId } from '../../src/protocol/wire/keys.ts'
import { launchApp, type RunningApp } from '../helpers/app.ts'
import { type BarePages, openBarePages, saveScreenshot } from '../helpers/bare-page.ts'
import { barriers } from '../helpers/barriers.ts'
import { disputeOf } from '../helpers/dispute-of.ts'
import { makeTestFolder } from '../helpers/driad-process.ts'
import { ScriptedRequester } from '../helpers/scripted-requester.ts'

const tabs = ['Overview', 'Not paid', 'Requesters', 'Statements', 'Ledger'] as const
const sizes = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
] as const

/** Until all that the view reads is there. */
async function settled(page: Page): Promise<void> {
  await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count(), { timeout: 20_000 }).toBe(0)
  await page.evaluate(() => document.fonts.ready)
}

async function openTab(page: Page, name: (typeof tabs)[number]): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click()
  await settled(page)
}

describe('the Earnings view, with an invented node', () => {
  let pages: BarePages

  beforeAll(async () => {
    pages = await openBarePages()
  })
  afterAll(async () => {
    await pages[Symbol.asyncDispose]()
  })

  it.each(['dark', 'light'] as const)('has no barriers and fits, in the %s theme', async (theme) => {
    for (const size of sizes) {
      const page = await pages.open(`?theme=${theme}#/earnings`, size)
      for (const tab of tabs) {
        await openTab(page, tab)
        if (tab === 'Overview') await page.locator('.recharts-bar-rectangle').first().waitFor()
        expect(await barriers(page), `${tab} at ${size.width}`).toEqual([])
        const overflow = await page.evaluate(
          () =>
            (document.querySelector('main')?.scrollWidth ?? 0) -
            (document.querySelector('main')?.clientWidth ?? 0),
        )
        expect(overflow, `${tab} at ${size.width}`).toBe(0)
        await saveScreenshot(page, `earnings-${tab.toLowerCase().replace(' ', '-')}-${theme}-${size.width}`)
      }
      await page.close()
    }
  })

  it('shows the days of one model, one requester, and all again, by keyboard', async () => {
    const page = await pages.open('#/earnings')
    const chart = page.getByRole('img', { name: /^Last \d+ days, in credits/ })
    await settled(page)
    const all = await chart.getAttribute('aria-label')
    await page
      .getByRole('list', { name: 'Models' })
      .getByRole('button', { name: /^demo / })
      .focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => chart.getAttribute('aria-label')).toMatch(/: demo [\d.]+$/)
    await page.getByRole('list', { name: 'Requesters' }).getByRole('button').nth(1).focus()
    await page.keyboard.press('Space')
    const marks = page.getByRole('button', { name: /^Only / })
    await expect.poll(() => marks.count()).toBe(2)
    await saveScreenshot(page, 'earnings-filtered')
    expect(await barriers(page)).toEqual([])
    await page.getByRole('radio', { name: '90 days' }).focus()
    await page.keyboard.press('ArrowLeft')
    await page.getByRole('radio', { name: '30 days', checked: true }).waitFor()
    await marks.first().focus()
    await page.keyboard.press('Enter')
    await marks.first().focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => chart.getAttribute('aria-label')).toBe(all)
    await page.getByRole('radio', { name: 'Payment' }).check()
    await expect.poll(() => chart.getAttribute('aria-label')).toContain('on its way')
    await saveScreenshot(page, 'earnings-payment')
    await page.getByRole('radio', { name: 'Spending' }).check()
    await expect.poll(() => chart.getAttribute('aria-label')).toContain('spent')
    await page.close()
  })

  it('filters what is not paid by its cause, says what can be done, and opens the task', async () => {
    const page = await pages.open('#/earnings/unpaid')
    const table = page.getByRole('grid', { name: 'Not paid' })
    await table.getByRole('row').nth(5).waitFor()
    await page.getByRole('button', { name: /^Disputed/ }).click()
    await expect.poll(() => table.getByRole('row').count()).toBe(2)
    await page.getByRole('status').getByText('The requester signed why it does not pay.').waitFor()
    await saveScreenshot(page, 'earnings-unpaid-disputed')
    await table.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Task details' }).waitFor()
    await page.close()
  })

  it('makes a statement for a requester that owes, and takes a settlement', async () => {
    const page = await pages.open('#/earnings/statements')
    await settled(page)
    await page.getByRole('button', { name: 'Make a statement…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Make a statement' })
    const save = dialog.getByRole('button', { name: 'Save as…' })
    expect(await save.isDisabled()).toBe(true)
    await dialog.getByRole('combobox', { name: 'Requester' }).click()
    await page.getByRole('option').first().click()
    await page.getByRole('option').first().waitFor({ state: 'hidden' })
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, 'earnings-make-statement')
    await save.click()
    await page.getByText(/4fQz81Lk\.statement\.jsonl\. Send it/).waitFor()
    await dialog.waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Take a settlement…' }).click()
    await page.getByText('1,204 entries, 61.2004 credits are settled').waitFor()
    await page.close()
  })

  it('opens what one requester brought', async () => {
    const page = await pages.open('#/earnings/requesters')
    const table = page.getByRole('grid', { name: 'Requesters' })
    await table.getByRole('row').nth(3).waitFor()
    await table.focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /^Only 12D3….{6}: show all requesters$/ }).waitFor()
    expect(page.url()).toMatch(/#\/earnings$/)
    await page.close()
  })

  it('says in every part what went wrong, with a button that tries again', async () => {
    const page = await pages.open('?broken#/earnings')
    for (const tab of tabs) {
      await openTab(page, tab)
      await page.getByRole('alert').getByText('Unexpected failure: the disk went away').first().waitFor()
      await page.getByRole('button', { name: 'Try again' }).first().waitFor()
      expect(await barriers(page), tab).toEqual([])
    }
    await page.close()
  })

  it('says which entries of the ledger are lost', async () => {
    const page = await pages.open('?gaps#/earnings')
    for (const tab of ['Overview', 'Ledger'] as const) {
      await openTab(page, tab)
      const lost = page.getByRole('region', { name: 'Lost entries' })
      await lost.getByText('20 entries of the ledger are lost').waitFor()
      await lost.getByText(/^Entries 41 to 60, missed on /).waitFor()
      expect(await barriers(page), tab).toEqual([])
    }
    await saveScreenshot(page, 'earnings-gaps')
    await page.close()
  })

  it('says in every part how it fills while there is nothing', async () => {
    const page = await pages.open('?scenario=empty#/earnings')
    const words = {
      Overview: 'Nothing in this time',
      'Not paid': 'Every finished task was paid',
      Requesters: 'Nobody has asked for anything yet',
      Statements: 'No statements yet',
      Ledger: 'No entries yet',
    }
    for (const tab of tabs) {
      await openTab(page, tab)
      await page.getByText(words[tab]).first().waitFor()
      expect(await barriers(page), tab).toEqual([])
    }
    await openTab(page, 'Overview')
    await saveScreenshot(page, 'earnings-empty')
    await page.close()
  })

  it('shows of a task that was asked of several nodes who did what, and how its results were checked', async () => {
    const page = await pages.open('?theme=dark#/tasks')
    await page.getByRole('radio', { name: 'Asked by you' }).check()
    await page
      .getByRole('row', { name: /Done, paid/ })
      .first()
      .click()
    const drawer = page.getByRole('dialog', { name: 'Task details' })
    await drawer.getByText('2 of 3 nodes gave the same result; 3 answered.').waitFor()
    await drawer.getByText('You dispute a result.').waitFor()
    await drawer.getByText('by the node').first().waitFor()
    expect(await barriers(page)).toEqual([])
    await saveScreenshot(page, 'task-asked-top')
    await drawer.getByRole('heading', { name: 'Payment' }).evaluate((heading) => heading.scrollIntoView())
    await saveScreenshot(page, 'task-asked-checks')
    await page.close()
  })

  it('has what may be left unpaid, prices of models and checks among the settings, and refuses what is none', async () => {
    for (const theme of ['dark', 'light'] as const) {
      const page = await pages.open(`?theme=${theme}#/settings`, { width: 900, height: 600 })
      const newcomer = page.getByRole('textbox', { name: 'A new requester may leave unpaid' })
      await newcomer.fill('much')
      await page.getByText('An amount such as 0.04').waitFor()
      await newcomer.press('Escape')
      expect(await newcomer.inputValue()).toBe('2.00')
      await newcomer.fill('0.5')
      await newcomer.press('Enter')
      await page.getByText('Saved').waitFor()
      const share = page.getByRole('textbox', { name: 'Part of the results that is checked' })
      await share.fill('101')
      await page.getByText('A number from 0 to 100').waitFor()
      await share.press('Escape')
      expect(await barriers(page)).toEqual([])
      for (const title of ['Prices by model', 'Payment', 'Checks of results that you ask for']) {
        await page.getByRole('heading', { name: title, exact: true }).evaluate((it) => it.scrollIntoView())
        await saveScreenshot(page, `settings-${title.toLowerCase().slice(0, 6)}-${theme}`)
      }
      await page.close()
    }
  })

  it('wrote no errors', () => {
    expect(pages.errors).toEqual([])
  })
})

describe('the Earnings view of a node that has served tasks', () => {
  it('tells what was paid, what is awaited, what was not paid and why, and what a requester disputes', async () => {
    using folder = makeTestFolder()
    const network = `earnings-view-${process.pid}`
    await using app = await launchApp({ dataDir: folder.dataDir('app'), network })
    const { page } = app
    await page.getByRole('button', { name: 'Join', exact: true }).click()
    await page.getByText('Online', { exact: false }).first().waitFor()
    await using requester = await ScriptedRequester.start({ networkName: network, node: await nodeOf(app) })
    await serveTasks(requester)

    await page.getByRole('link', { name: 'Earnings' }).click()
    const standing = page.getByRole('region', { name: 'How far payment has come' })
    await standing.getByRole('button', { name: '1 task disputed: show why' }).waitFor()
    await standing.getByText('1 receipt', { exact: true }).waitFor()
    await standing.getByRole('button', { name: '1 task not paid: show why' }).waitFor()
    await page.getByRole('img', { name: /^Last 30 days, in credits: demo 0\.0/ }).waitFor()
    expect(await barriers(page)).toEqual([])
    for (const theme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: theme })
      await app.screenshot(`earnings-real-${theme}`)
    }

    await standing.getByRole('button', { name: '1 task not paid: show why' }).click()
    for (const cause of ['Disputed 1', 'Another was taken 1', 'Could not be done 1']) {
      await page.getByRole('button', { name: cause, exact: true }).waitFor()
    }
    await app.screenshot('earnings-real-unpaid')
    await page.getByRole('button', { name: 'Disputed 1', exact: true }).click()
    await page.getByRole('row', { name: /Another node wrote something else/ }).click()

    const drawer = page.getByRole('dialog', { name: 'Task details' })
    await drawer.getByText('The requester disputes the result.').waitFor()
    await drawer.getByText('Done again, it came out otherwise.').waitFor()
    await drawer.getByText('by the requester').waitFor()
    await drawer.getByText('0.01 for 1,000 prompt tokens, 0.04 for 1,000 completion tokens').waitFor()
    expect(await barriers(page)).toEqual([])
    await drawer.getByRole('heading', { name: 'Payment' }).scrollIntoViewIfNeeded()
    await app.screenshot('task-disputed')
    await page.keyboard.press('Escape')

    await page.getByRole('link', { name: 'Earnings' }).click()
    await openTab(page, 'Requesters')
    await page.getByRole('row', { name: /Pays 12D3/ }).waitFor()
    await app.screenshot('earnings-real-requesters')
  })
})

/** Where the app's node is, and its key: both stand in its address. */
async function nodeOf({ page }: RunningApp) {
  await page.getByRole('link', { name: 'Network' }).click()
  const shown = page.getByText(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\//).first()
  const address = (await shown.textContent())?.trim() ?? ''
  const peerId = address.split('/').at(-1) ?? ''
  return {
    network: { peerId, addresses: () => [address] },
    identity: { publicKey: publicKeyOfPeerId(peerId) },
  }
}

/** One task is paid, one is not yet, one superseded, one disputed, and one cannot be done. */
async function serveTasks(requester: ScriptedRequester): Promise<void> {
  await requester.claimed(6)
  const price = { promptMicroPer1k: 10_000n, completionMicroPer1k: 40_000n }
  const done = async () => {
    const { signed, outcome } = await requester.outcome(await requester.assign(price))
    if (outcome.amountMicro === 0n) throw new Error('The task cost nothing')
    return { signed, taskId: outcome.taskId }
  }
  await requester.pay((await done()).signed)
  await done()
  const superseded = await done()
  await requester.stream.send({ cancel: { taskId: superseded.taskId } })
  await requester.ask({ dispute: disputeOf((await done()).signed, requester) })
  const impossible = JSON.stringify({
    config: { max_steps: 1, max_time: 60, max_tokens: 8 },
    tasks: [
      {
        id: 'a',
        operator: 'generation',
        messages: [{ role: 'user', content: '{{missing}}' }],
        inputs: [{ name: 'missing', required: true, value: { type: 'read', key: 'nowhere' } }],
        outputs: [{ type: 'write', key: 'result', value: '__result' }],
      },
    ],
    steps: [{ source: 'a', target: '_end' }],
    return_value: { input: { type: 'read', key: 'result' } },
  })
  await requester.outcome(await requester.assign({ ...price, workflowJson: impossible }))
}
