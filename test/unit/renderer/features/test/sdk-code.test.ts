// biome-ignore-all lint/suspicious/noTemplateCurlyInString: one of the prompts looks like a template
import { stripTypeScriptTypes } from 'node:module'
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { sdkCode } from '../../../../../src/renderer/features/test/sdk-code.ts'
import { emptyDraft } from '../../../../../src/renderer/features/test/test-draft.ts'

const draft = { ...emptyDraft, model: 'demo', prompt: 'Hey there!' }

/** Runs the program against a stand-in of the SDK, and gives what it made a task of. */
async function taskIn(code: string | undefined): Promise<unknown> {
  if (code === undefined) throw new Error('No code')
  const body = stripTypeScriptTypes(code)
    .replace(/^import .*\n/, '')
    // Node 24 can, but what strips the types may leave it to a later target.
    .replace('await using driad', 'const driad')
  let made: unknown
  class Task {
    constructor(init: unknown) {
      made = init
    }
  }
  class Driad {
    execute = async () => ({ result: '' })
  }
  const Simple = { workflow: (init: unknown) => ({ simple: init }) }
  const run = new Script(`(async (Task, Driad, Simple, console) => {${body}\n})`).runInThisContext()
  await run(Task, Driad, Simple, { log: () => undefined })
  return made
}

describe('SDK code', () => {
  it('carries its prompt safely, with its limits and sampling', async () => {
    const prompt = 'a "quoted"\nline with ${holes}, `ticks` and \u2028'
    const code = sdkCode({ ...draft, prompt, temperature: '0', seed: '7', maxTokens: '20' })
    expect(await taskIn(code)).toEqual({
      workflow: { simple: { prompt, maxTokens: 20 } },
      models: ['demo'],
      sampling: { temperature: 0, seed: 7 },
    })
    expect(sdkCode(draft)).not.toContain('sampling')
  })

  it('carries a workflow as the same object', async () => {
    const code = sdkCode({ ...draft, kind: 'workflow', input: 'octopuses' })
    expect(await taskIn(code)).toEqual({
      workflow: JSON.parse(emptyDraft.workflowJson),
      models: ['demo'],
      input: 'octopuses',
    })
    expect(code).toContain('max_steps: 10')
    expect(code).not.toContain('Simple')
  })

  it('carries keys that mean something else in TypeScript', async () => {
    const workflowJson =
      '{ "name": "a", "name": "b", "__proto__": { "x": 1 }, "with-hyphen": 1, "$schema": "s", "2": 2, "class": "\\"key\\": 1" }'
    const code = sdkCode({ ...draft, kind: 'workflow', workflowJson })
    // The same name twice is no TypeScript.
    expect(code?.match(/\bname:/g)).toHaveLength(1)
    const { workflow } = (await taskIn(code)) as { workflow: object }
    expect(JSON.stringify(workflow)).toBe(JSON.stringify(JSON.parse(workflowJson)))
    expect(Object.getPrototypeOf(workflow)).toBe(Object.prototype)
  })

  it('is none where the workflow is no JSON', () => {
    expect(sdkCode({ ...draft, kind: 'workflow', workflowJson: '{ "name": ' })).toBeUndefined()
  })
})
