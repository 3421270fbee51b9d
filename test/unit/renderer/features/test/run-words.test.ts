import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { languages, speak } from '../../../../../src/locales/translate.ts'
import type { WaitReason } from '../../../../../src/protocol/wait-reasons.ts'
import { galleryWords } from '../../../../../src/renderer/features/test/gallery-words.ts'
import { waitWords } from '../../../../../src/renderer/features/test/run-words.ts'
import { readNumber } from '../../../../../src/renderer/features/test/test-draft.ts'

afterEach(() => speak('en'))

describe('why a task waits', () => {
  it.each<[WaitReason, string]>([
    [{ code: 'no_peer' }, 'No peer is connected yet: is a node running, and is it reachable from here?'],
    [{ code: 'no_room', models: ['a', 'b'] }, 'Waiting for a node with room for a or b'],
    [
      { code: 'not_in_reach', models: ['a'], peers: 3 },
      'No node that serves a is in reach yet (peers connected: 3)',
    ],
    [{ code: 'no_answer', models: ['a'], asked: 1 }, 'No node has answered yet; one was asked for a'],
    [{ code: 'no_answer', models: ['a'], asked: 4 }, 'No node has answered yet; 4 were asked for a'],
  ])('%j is told in a sentence', (reason, words) => {
    expect(waitWords(reason)).toBe(words)
  })

  it('names the models in the words of the language', async () => {
    await speak('de')
    expect(waitWords({ code: 'no_room', models: ['a', 'b'] })).toBe(
      'Wartet auf einen Knoten mit Platz für a oder b',
    )
  })
})

describe('the gallery', () => {
  const folder = new URL('../../../../../resources/workflows/', import.meta.url)
  const items = readdirSync(folder).map((file) => {
    const workflowJson = readFileSync(new URL(file, folder), 'utf8')
    const { name, description } = JSON.parse(workflowJson) as { name: string; description: string }
    return { id: file.replace('.json', ''), name, description, workflowJson, takesInput: false }
  })

  it('says in English what stands in its files', () => {
    expect(items.length).toBeGreaterThan(5)
    expect(items.map(galleryWords)).toEqual(items)
  })

  it.each(languages.filter((language) => language !== 'en'))(
    'has words for all of it in %s',
    async (language) => {
      await speak(language)
      for (const item of items) expect(galleryWords(item).description, item.id).not.toBe(item.description)
    },
  )

  it('keeps the words of a workflow that it does not know', async () => {
    await speak('de')
    const own = { id: 'mine', name: 'Mine', description: 'A thing.', workflowJson: '{}', takesInput: true }
    expect(galleryWords(own)).toEqual(own)
  })
})

it('reads numbers with a point or a comma', () => {
  expect(readNumber('0.7')).toBe(0.7)
  expect(readNumber(' 0,7 ')).toBe(0.7)
  expect(readNumber(' ')).toBeUndefined()
  expect(readNumber('much')).toBeNaN()
})
