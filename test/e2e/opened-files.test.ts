import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchApp, type RunningApp, startAgain } from '../helpers/app.ts'
import { makeTestFolder } from '../helpers/driad-process.ts'
import { writeGreedyModel } from '../helpers/models.ts'

const soon = { timeout: 30_000 }
const folder = makeTestFolder()
const files = folder.dataDir('files')
mkdirSync(files)
const dataDir = folder.dataDir('app')
const workflow = readFileSync(`${import.meta.dirname}/../../resources/workflows/ask.json`, 'utf8')
let app: RunningApp

/** As a file manager starts the program for files, with the app running already. */
const openAgain = async (...args: string[]) => expect(await startAgain(dataDir, args)).toBe(0)
const heading = (name: string) => app.page.getByRole('heading', { level: 1, name })

beforeAll(async () => {
  writeGreedyModel(join(files, 'greedy.gguf'))
  app = await launchApp({ dataDir, network: 'main', args: [join(files, 'greedy.gguf')] })
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

it('serves a model that the program was started for, where it is', async () => {
  await app.page.getByText('Model added').waitFor(soon)
  await heading('Models').waitFor()
  await app.screenshot('files-opened-model')
  await app.page.getByText('greedy', { exact: true }).waitFor(soon)
})

it('opens a workflow in the Test view, and saves into the file', async () => {
  const { page } = app
  const path = join(files, 'mine.driad.json')
  writeFileSync(path, workflow)
  await openAgain(path)
  await heading('Test').waitFor(soon)
  await page.getByRole('region', { name: 'Task' }).getByText('mine.driad.json').waitFor(soon)
  writeFileSync(path, '')
  await page.getByRole('region', { name: 'Task' }).getByRole('button', { name: 'Save', exact: true }).click()
  await expect.poll(() => readFileSync(path, 'utf8'), soon).toBe(workflow)
})

it('takes the addresses that a desktop gives, and says why not', async () => {
  const { page } = app
  const bad = join(files, 'no model é.gguf')
  writeFileSync(bad, '<!DOCTYPE html>')
  copyFileSync(join(files, 'greedy.gguf'), join(files, 'again.gguf'))
  await openAgain(
    pathToFileURL(bad).href,
    pathToFileURL(join(files, 'again.gguf')).href,
    join(files, 'gone.gguf'),
  )
  await heading('Models').waitFor(soon)
  const dialog = page.getByRole('dialog', { name: '2 files could not be added' })
  await dialog.waitFor(soon)
  const [damaged, , missing] = await dialog.getByRole('listitem').all()
  expect(await damaged?.textContent()).toMatch(/no model é\.gguf.*Not added.*GGUF/)
  expect(await missing?.textContent()).toMatch(/gone\.gguf.*Not added.*no file/i)
  await app.screenshot('files-opened')
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await dialog.waitFor({ state: 'hidden' })
})

it('says it of a workflow that is gone, or is none', async () => {
  const { page } = app
  await openAgain(join(files, 'gone.driad.json'))
  await page.getByText(`There is no file ${join(files, 'gone.driad.json')}`).waitFor(soon)
  writeFileSync(join(files, 'binary.driad.json'), Uint8Array.of(0xff, 0xfe, 0xfd))
  await openAgain(join(files, 'binary.driad.json'))
  await page.getByText('binary.driad.json is no text in UTF-8').waitFor(soon)
})

it('takes no more files at once than it can say something of', async () => {
  await openAgain(...Array.from({ length: 300 }, (_, index) => `${index}.gguf`))
  await app.page.getByText('At most 256 files at once are taken').waitFor(soon)
})
