import { describe, expect, it } from 'vitest'
import { driadErrorCodes } from '../../../../src/protocol/errors.ts'
import { taskStates } from '../../../../src/protocol/task.ts'
import { errorWords } from '../../../../src/renderer/format/error-words.ts'
import { modelNameFrom, shortIdentifier, shortPath } from '../../../../src/renderer/format/identifiers.ts'
import { axisTicks } from '../../../../src/renderer/format/scale.ts'
import { taskWords } from '../../../../src/renderer/format/task-words.ts'

describe('taskWords', () => {
  it('has a word and a tone for every state, on both sides', () => {
    for (const state of taskStates) {
      for (const role of ['executed', 'requested'] as const) {
        expect(taskWords({ state, role }).label).not.toBe('')
      }
    }
  })

  it('tells work that awaits its receipt from work that was paid', () => {
    expect(taskWords({ state: 'completed', role: 'executed' })).toEqual({
      label: 'Awaiting receipt',
      tone: 'waiting',
    })
    expect(taskWords({ state: 'acknowledged', role: 'executed' })).toEqual({
      label: 'Earned',
      tone: 'earned',
    })
    expect(taskWords({ state: 'completed', role: 'requested' }).tone).toBe('earned')
  })

  it('says that a finished task was not paid, before all else', () => {
    const done = { state: 'completed', role: 'executed' } as const
    expect(taskWords({ ...done, payment: 'unpaid' })).toEqual({ label: 'Not paid', tone: 'attention' })
    expect(taskWords({ ...done, payment: 'disputed' })).toEqual({ label: 'Disputed', tone: 'attention' })
    expect(taskWords({ ...done, payment: 'pending' }).tone).toBe('waiting')
    expect(taskWords({ state: 'acknowledged', role: 'executed', payment: 'settled' }).label).toBe('Settled')
  })
})

describe('errorWords', () => {
  it('has a title for every code', () => {
    for (const code of driadErrorCodes) expect(errorWords(code).title).not.toBe('')
  })

  it('leads to where a taken port is changed', () => {
    expect(errorWords('port_in_use').mend).toEqual({ label: 'Open Settings', view: 'settings' })
  })
})

describe('identifiers', () => {
  it('are shortened in the middle, and only when that makes them shorter', () => {
    expect(shortIdentifier('12D3KooWabcdefghijkQ7fZx')).toBe('12D3…kQ7fZx')
    expect(shortIdentifier('12345678901')).toBe('12345678901')
  })

  it('suggest a model name from paths of both kinds of system', () => {
    expect(modelNameFrom('/m/Llama-3.2-1B Instruct (Q4_K_M).gguf')).toBe('llama-3.2-1b-instruct-q4_k_m')
    expect(modelNameFrom('C:\\models\\Demo.GGUF')).toBe('demo')
  })

  it('show the home folder as ~, and nothing that only begins like it', () => {
    expect(shortPath('/home/ana/models/a.gguf', '/home/ana')).toBe('~/models/a.gguf')
    expect(shortPath('C:\\Users\\ana\\a.gguf', 'C:\\Users\\ana')).toBe('~\\a.gguf')
    expect(shortPath('/home/ana', '/home/ana')).toBe('~')
    expect(shortPath('/home/anabel/a.gguf', '/home/ana')).toBe('/home/anabel/a.gguf')
    expect(shortPath('/home/ana/a.gguf', undefined)).toBe('/home/ana/a.gguf')
  })
})

describe('axisTicks', () => {
  it.each([
    [1_530, 4, [0, 400, 800, 1_200, 1_600]],
    [1.41, 4, [0, 0.4, 0.8, 1.2, 1.6]],
    [28, 2, [0, 15, 30]],
    [0, 2, [0, 0.5, 1]],
    [0.0003, 2, [0, 0.00015, 0.0003]],
  ])('%d in %d steps', (highest, intervals, ticks) => {
    expect(axisTicks(highest, intervals)).toEqual(ticks)
  })
})
