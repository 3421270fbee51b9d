import { describe, expect, it } from 'vitest'
import { createEphemeralIdentity } from '../../../../src/node/identity/identity.ts'
import { CheckDraw, type Checked } from '../../../../src/node/verification/check-draw.ts'
import { checkSecret } from '../../../../src/node/verification/check-secret.ts'

const secret = new Uint8Array(32).fill(3)
const known = { trusted: false, checks: 9 }
const trusted = { trusted: true, checks: 9 }
const stranger = { trusted: false, checks: 0 }

function share(draw: CheckDraw, standing: Checked, tasks = 20_000): number {
  let chosen = 0
  for (let task = 0; task < tasks; task++) if (draw.chooses(`task ${task}`, 'node', standing)) chosen++
  return chosen / tasks
}

describe('the draw of checks', () => {
  it('chooses its share of the results, more of strangers and less, never none, of trusted nodes', () => {
    const draw = new CheckDraw({ rate: 0.1, secret })
    expect(share(draw, known)).toBeCloseTo(0.1, 1.7)
    expect(share(draw, stranger)).toBeCloseTo(0.5, 1.7)
    expect(share(draw, trusted)).toBeCloseTo(0.025, 2)
    expect(share(draw, trusted)).toBeGreaterThan(0)
  })

  it('looks closer at a suspect, trusted or not', () => {
    const draw = new CheckDraw({ rate: 0.1, secret })
    expect(share(draw, { ...trusted, suspected: true })).toBeCloseTo(0.5, 1.7)
    expect(share(draw, { ...known, suspected: true })).toBeCloseTo(0.5, 1.7)
  })

  it('draws a task once: a result that is sent again has no second chance', () => {
    const draw = new CheckDraw({ rate: 0.3, secret })
    for (let task = 0; task < 200; task++) {
      const first = draw.chooses(`task ${task}`, 'a', known)
      expect(draw.chooses(`task ${task}`, 'a', known)).toBe(first)
    }
  })

  it('chooses others with another secret', () => {
    const one = new CheckDraw({ rate: 0.5, secret })
    const two = new CheckDraw({ rate: 0.5, secret: new Uint8Array(32).fill(4) })
    const tasks = Array.from({ length: 400 }, (_, task) => `task ${task}`)
    const differ = tasks.filter((task) => one.chooses(task, 'n', known) !== two.chooses(task, 'n', known))
    expect(differ.length).toBeGreaterThan(120)
    expect(differ.length).toBeLessThan(280)
  })

  it('chooses all or nothing at the ends', () => {
    for (const standing of [known, stranger, trusted])
      expect(share(new CheckDraw({ rate: 1, secret }), standing, 500)).toBe(1)
    const none = new CheckDraw({ rate: 0, secret })
    none.owe('node')
    expect(share(none, stranger, 500)).toBe(0)
  })

  it('makes up for a check that there was no room for, once', () => {
    const draw = new CheckDraw({ rate: 0.000001, secret })
    expect(draw.chooses('a', 'node', known)).toBe(false)
    draw.owe('node')
    expect(draw.chooses('a', 'other', known)).toBe(false)
    expect(draw.chooses('a', 'node', known)).toBe(true)
    expect(draw.chooses('b', 'node', known)).toBe(false)
  })
})

describe('the secret of the draw', () => {
  it('is the same in every run of an identity, and another one for each', async () => {
    const one = await createEphemeralIdentity()
    const other = await createEphemeralIdentity()
    expect(checkSecret(one)).toEqual(checkSecret(one))
    expect(checkSecret(one)).not.toEqual(checkSecret(other))
    expect(checkSecret(one)).toHaveLength(32)
  })
})
