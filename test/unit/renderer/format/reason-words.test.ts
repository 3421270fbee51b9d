import { afterEach, describe, expect, it } from 'vitest'
import { speak } from '../../../../src/locales/translate.ts'
import { cancelReasons } from '../../../../src/protocol/task-actors.ts'
import { taskNoteStarts, taskNotes } from '../../../../src/protocol/task-notes.ts'
import { reasonWords } from '../../../../src/renderer/format/reason-words.ts'

const sentences = [...Object.values(cancelReasons), ...Object.values(taskNotes)]
const starts = Object.values(taskNoteStarts)

describe('why a task changed or is not paid', () => {
  afterEach(async () => {
    await speak('en')
  })

  it.each([...sentences, ...starts.map((start) => `${start}it hurts`)])(
    'is said in English as it was written: %s',
    (reason) => {
      expect(reasonWords(reason)).toBe(reason)
    },
  )

  it('is said in the language that is spoken, where a node wrote it by itself', async () => {
    await speak('de')
    for (const reason of sentences) expect(reasonWords(reason)).not.toBe(reason)
    expect(reasonWords('it hurts')).toBe('it hurts')
    for (const start of starts) {
      const words = reasonWords(`${start}it hurts`)
      expect(words).toContain('it hurts')
      expect(words).not.toContain(start)
    }
  })

  it('names times as one would say them', () => {
    expect(reasonWords(`${taskNoteStarts.inMailboxes}2031-04-09`)).toContain('until 9 Apr')
    const since = new Date(2031, 3, 9, 14, 52).toISOString()
    expect(reasonWords(`${taskNoteStarts.unreachable}${since}`)).toContain('since 9 Apr 14:52')
  })
})
