import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { inspectGguf } from '../../../../src/protocol/gguf/inspect-gguf.ts'
import { demoModelPath } from '../../../helpers/models.ts'
import { splitGguf } from '../../../helpers/split-gguf.ts'
import { tempFolder } from '../../../helpers/temp-folder.ts'

let folder: ReturnType<typeof tempFolder>
const whole = readFileSync(demoModelPath)
const paths = () => [1, 2, 3].map((part) => folder.file(`demo-0000${part}-of-00003.gguf`))

beforeEach(() => {
  folder = tempFolder()
  for (const [index, bytes] of splitGguf(whole, 3).entries()) writeFileSync(paths()[index] ?? '', bytes)
})

afterEach(() => folder[Symbol.dispose]())

it('is told as one model by its first part', async () => {
  const [first = ''] = paths()
  const info = await inspectGguf(first)
  const { sizeBytes: _, path: __, metadataCount: ___, ...same } = await inspectGguf(demoModelPath)
  expect(info).toMatchObject({ ...same, path: first, partCount: 3 })
  expect(info.sizeBytes).toBe(paths().reduce((sum, path) => sum + readFileSync(path).length, 0))
})

it('names the part that is missing', async () => {
  const [first = '', second = ''] = paths()
  rmSync(second)
  await expect(inspectGguf(first)).rejects.toMatchObject({ code: 'model_invalid' })
  await expect(inspectGguf(first)).rejects.toThrow(
    `Part 2 of 3 of the model is missing: there is no file ${second}`,
  )
})

it('names the part that is cut off', async () => {
  const [first = '', , third = ''] = paths()
  truncateSync(third, readFileSync(third).length - 5000)
  await expect(inspectGguf(first)).rejects.toThrow(`${third}: The file is cut off`)
})

it('wants the first part, and says which that is', async () => {
  const [, second = ''] = paths()
  await expect(inspectGguf(second)).rejects.toThrow(
    'is part 2 of 3 of a model; give the first one, demo-00001-of-00003.gguf',
  )
})

it('does not take parts of other numbers, or of other models, for its own', async () => {
  const [first = '', second = '', third = ''] = paths()
  renameSync(second, folder.file('aside'))
  renameSync(third, second)
  renameSync(folder.file('aside'), third)
  await expect(inspectGguf(first)).rejects.toThrow(`${second} is not part 2 of 3 of the model`)
  const [, , last] = splitGguf(whole, 4)
  for (const [index, bytes] of splitGguf(whole, 3).entries()) writeFileSync(paths()[index] ?? '', bytes)
  writeFileSync(third, last ?? '')
  await expect(inspectGguf(first)).rejects.toThrow(`${third} is not part 3 of 3`)
})

it('says how parts are named where one is not', async () => {
  const [first = ''] = paths()
  renameSync(first, folder.file('demo.gguf'))
  await expect(inspectGguf(folder.file('demo.gguf'))).rejects.toThrow('name-00001-of-00003.gguf')
})

it('is not complete without a tensor', async () => {
  const [first = '', second = ''] = paths()
  const [, short] = splitGguf(whole, 3)
  // A part that has one tensor less than the first says there are in all.
  const fewer = Buffer.from(short ?? '')
  fewer.writeBigUInt64LE(fewer.readBigUInt64LE(8) - 1n, 8)
  writeFileSync(second, fewer)
  await expect(inspectGguf(first)).rejects.toThrow(/hold 37 of the model's 38 tensors/)
})
