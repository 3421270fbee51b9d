import { describe, expect, it } from 'vitest'
import type { GenerateRequest, ScoreRequest } from '../../../../../src/node/inference/contract.ts'
import { announceCanonical } from '../../../../../src/node/models/catalogue/announced-models.ts'
import type { ServedModel } from '../../../../../src/node/tasks/contract.ts'
import { catalogueOf } from '../../../../helpers/catalogue.ts'

const catalogue = catalogueOf({ id: 'a', variants: [['a:8b-q4', 'a', 'vendor/a'], ['a:8b-q8']] })

/** A node's own models, by their own names: those that are served, and those that load. */
function announcing(served: readonly string[], loading: readonly string[] = []) {
  const asked: string[] = []
  const modelOf = (name: string): ServedModel => ({
    name,
    digest: new Uint8Array(32),
    contextSize: 1,
    slots: 1,
    tokensPerSecond: 1,
    price: { promptMicroPer1k: 0n, completionMicroPer1k: 0n },
  })
  const announced = announceCanonical({
    models: {
      names: () => [...served, ...loading],
      served: () => served.map(modelOf),
      get: (name) => (served.includes(name) ? modelOf(name) : undefined),
      expected: (name) => served.includes(name) || loading.includes(name),
      whyNot: (name) => (loading.includes(name) ? `${name} waits for its GPU` : undefined),
      onChange: () => () => undefined,
    },
    engine: {
      generate: async ({ model }) => {
        asked.push(model)
        throw new Error('not here')
      },
      embed: async ({ model }) => {
        asked.push(model)
        throw new Error('not here')
      },
      score: async ({ model }) => {
        asked.push(model)
        throw new Error('not here')
      },
    },
    catalogue: { current: () => catalogue, onChange: () => () => undefined },
  })
  const askedFor = async (model: string) => {
    await announced.engine.generate({ model } as GenerateRequest).catch(() => undefined)
    await announced.engine.embed({ model, texts: [] }).catch(() => undefined)
    await announced.engine.score({ model, text: '' } as ScoreRequest).catch(() => undefined)
    return asked.splice(0)
  }
  return { ...announced.models, askedFor }
}

describe('models on the wire', () => {
  it('have canonical names, and are generated with under their own', async () => {
    const models = announcing(['vendor/a', 'mine'])
    expect(models.served().map(({ name }) => name)).toEqual(['a:8b-q4', 'mine'])
    expect(models.get('a:8b-q4')?.name).toBe('a:8b-q4')
    expect(models.get('vendor/a')?.name).toBe('a:8b-q4')
    expect(models.get('a:8b-q8')).toBeUndefined()
    expect(await models.askedFor('a:8b-q4')).toEqual(['vendor/a', 'vendor/a', 'vendor/a'])
    // Under any of its other names, too: that is how its operator may call it.
    expect(await models.askedFor('a')).toEqual(['vendor/a', 'vendor/a', 'vendor/a'])
    expect(await models.askedFor('mine')).toEqual(['mine', 'mine', 'mine'])
    expect(await models.askedFor('nobodys')).toEqual(['nobodys', 'nobodys', 'nobodys'])
  })

  it('are expected while they load', () => {
    const models = announcing([], ['a'])
    expect(models.expected('a:8b-q4')).toBe(true)
    expect(models.expected('a:8b-q8')).toBe(false)
    expect(models.get('a:8b-q4')).toBeUndefined()
    expect(models.whyNot('a:8b-q4')).toBe('a waits for its GPU')
  })

  it('have one name once: what is called so comes before what is an alias, what works before what loads', async () => {
    const both = announcing(['a', 'a:8b-q4'])
    expect(both.served().map(({ name }) => name)).toEqual(['a:8b-q4'])
    expect(await both.askedFor('a:8b-q4')).toEqual(['a:8b-q4', 'a:8b-q4', 'a:8b-q4'])
    const one = announcing(['a'], ['a:8b-q4'])
    expect(await one.askedFor('a:8b-q4')).toEqual(['a', 'a', 'a'])
  })
})
