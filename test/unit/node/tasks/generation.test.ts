import { describe, expect, it } from 'vitest'
import { bindModel } from '../../../../src/node/tasks/generation.ts'
import { DriadError } from '../../../../src/protocol/errors.ts'
import { GatedEngine } from '../../../helpers/gated-engine.ts'
import { TestModels } from '../../../helpers/task-node.ts'

const request = { messages: [{ role: 'user', content: 'hi' }], maxTokens: 10 } as const

function setUp(init: { retries?: number; modelReturnMs?: number } = {}) {
  const engine = new GatedEngine()
  const models = new TestModels()
  models.serve({ name: 'm' })
  const retries: DriadError[] = []
  let tokens = 0
  const { generate, totals } = bindModel(
    { engine, models },
    {
      model: 'm',
      retries: init.retries ?? 1,
      modelReturnMs: init.modelReturnMs ?? 5_000,
      onTokens: (added) => {
        tokens += added
      },
      onRetry: (crash) => retries.push(crash),
    },
  )
  const texts: string[] = []
  const abort = new AbortController()
  const run = () => generate(request, { signal: abort.signal, onText: (piece) => texts.push(piece.text) })
  return { engine, models, run, texts, abort, retries, totals, tokens: () => tokens }
}

describe('bindModel', () => {
  it('passes text on as it comes and counts tokens', async () => {
    const { engine, run, texts, totals, tokens } = setUp()
    const result = run()
    const job = await engine.next()
    job.say('a')
    expect(texts).toEqual(['a'])
    job.say('b')
    expect(tokens()).toBe(2)
    job.finish()
    expect(await result).toMatchObject({ text: 'ab', completionTokens: 2 })
    expect(totals).toEqual({ promptTokens: 2, completionTokens: 2 })
  })

  it('waits until the model is back after a crash, and begins the generation again with the same seed', async () => {
    const { engine, models, run, retries } = setUp()
    const result = run()
    const first = await engine.next()
    models.suspend('m')
    first.crash()
    await expect.poll(() => retries.length).toBe(1)
    expect(engine.jobs).toHaveLength(1)
    models.serve({ name: 'm' })
    const second = await engine.next()
    expect(second.request).toEqual(first.request)
    second.say('x')
    second.finish()
    expect((await result).text).toBe('x')
  })

  it('stops giving out text when the second attempt tells another story', async () => {
    const { engine, run, texts } = setUp()
    const result = run()
    const first = await engine.next()
    first.say('The cat')
    first.crash()
    const second = await engine.next()
    second.say('The dog barks')
    second.finish()
    expect((await result).text).toBe('The dog barks')
    expect(texts).toEqual(['The cat'])
  })

  it('gives up at the second crash of the task, in whichever generation', async () => {
    const { engine, run } = setUp()
    const one = run()
    ;(await engine.next()).crash()
    const again = await engine.next()
    again.finish()
    await one
    const two = run()
    ;(await engine.next()).crash()
    await expect(two).rejects.toMatchObject({ code: 'inference_crashed' })
  })

  it('says inference_crashed when the model does not come back in time', async () => {
    const { engine, models, run } = setUp({ modelReturnMs: 30 })
    const result = run()
    const first = await engine.next()
    models.suspend('m')
    first.crash()
    await expect(result).rejects.toMatchObject({ code: 'inference_crashed' })
  })

  it('waits for a model that is being loaded, and no longer than allowed', async () => {
    const { engine, run } = setUp()
    const result = run()
    const first = await engine.next()
    first.fail(new DriadError('model_unavailable', 'loading'))
    const second = await engine.next()
    second.finish()
    await result

    const late = setUp({ modelReturnMs: 0 })
    const never = late.run()
    ;(await late.engine.next()).fail(new DriadError('model_unavailable', 'gone'))
    await expect(never).rejects.toMatchObject({ code: 'model_unavailable' })
  })

  it("rejects with the signal's reason, untouched, also while it waits", async () => {
    const { engine, models, run, abort, retries } = setUp()
    const result = run()
    models.suspend('m')
    ;(await engine.next()).crash()
    await expect.poll(() => retries.length).toBe(1)
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(result).rejects.toBe(reason)
  })

  it('does not retry what is not a crash', async () => {
    const { engine, run } = setUp()
    const result = run()
    ;(await engine.next()).fail(new DriadError('context_exceeded', 'too long'))
    await expect(result).rejects.toMatchObject({ code: 'context_exceeded' })
    expect(engine.jobs).toHaveLength(1)
  })
})
