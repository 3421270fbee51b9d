import { describe, expect, it } from 'vitest'
import { ContentsMemo } from '../../../../src/node/requester/contents-memo.ts'
import type { RequestContents } from '../../../../src/node/requester/request-types.ts'

const contents = (chars: number): RequestContents => ({
  workflowJson: 'w'.repeat(chars),
  sampling: {} as RequestContents['sampling'],
  deadlineMs: 1,
  stream: false,
  cancelOnDisconnect: false,
  priority: 'normal',
})

describe('contents of tasks under way', () => {
  it('are forgotten, oldest use first, above so many tasks', () => {
    const memo = new ContentsMemo()
    for (let i = 0; i < 4_096; i++) memo.set(`t${i}`, contents(1))
    expect(memo.get('t0')).toBeDefined()
    memo.set('another', contents(1))
    expect(memo.get('t1')).toBeUndefined()
    expect(memo.get('t0')).toBeDefined()
    expect(memo.get('another')).toBeDefined()
  })

  it('are forgotten above so many characters, however few tasks they are', () => {
    const memo = new ContentsMemo()
    const mebi = 1024 * 1024
    for (let i = 0; i < 4; i++) memo.set(`t${i}`, contents(mebi))
    expect(memo.get('t0')).toBeDefined()
    // The same task again counts once.
    memo.set('t0', contents(mebi))
    expect(memo.get('t1')).toBeDefined()
    memo.set('t4', contents(1))
    expect(memo.get('t2')).toBeUndefined()
    memo.delete('t3')
    memo.set('t5', contents(mebi - 1))
    expect(['t0', 't1', 't4', 't5'].map((id) => memo.get(id) !== undefined)).toEqual([true, true, true, true])
  })

  it('larger than all that is kept are not kept', () => {
    const memo = new ContentsMemo()
    memo.set('large', contents(4 * 1024 * 1024 + 1))
    expect(memo.get('large')).toBeUndefined()
  })
})
