import { afterEach, describe, expect, it } from 'vitest'
import { speak } from '../../../../src/locales/translate.ts'
import { cancelReasons, DISPUTED, taskNotes } from '../../../../src/protocol/task-actors.ts'
import { isDispute, reasonWords } from '../../../../src/renderer/features/tasks/reason-words.ts'

const written = [...Object.values(cancelReasons), ...Object.values(taskNotes)]

describe('why a task changed', () => {
  afterEach(async () => {
    await speak('en')
  })

  it.each(written)('is said in English as it was written: %s', (reason) => {
    expect(reasonWords(reason)).toBe(reason)
  })

  it('is said in the language that is spoken, where a program wrote it by itself', async () => {
    await speak('de')
    for (const reason of written) expect(reasonWords(reason)).not.toBe(reason)
    expect(reasonWords('it hurts')).toBe('it hurts')
    const dispute = `${DISPUTED}: it hurts`
    expect(isDispute(dispute)).toBe(true)
    expect(reasonWords(dispute)).toMatch(/^Der Auftraggeber .+: it hurts$/)
  })
})
