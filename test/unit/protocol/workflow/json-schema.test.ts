import { readdirSync, readFileSync } from 'node:fs'
import Ajv2020 from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { workflowFileSchema } from '../../../../src/protocol/workflow/schema.ts'
import { readCases } from '../../../conformance/cases.ts'
import { workflows } from './workflows.ts'

const root = `${import.meta.dirname}/../../../..`
const validate = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(`${root}/docs/workflow.schema.json`, 'utf8')),
)

// What editors check with must not say otherwise than what nodes check with.
describe('docs/workflow.schema.json', () => {
  it('agrees with the code on the shape of the conformance cases', () => {
    for (const { name, workflow } of [...readCases().values()].flat()) {
      if (typeof workflow !== 'object') continue
      expect(validate(workflow), `${name}: ${JSON.stringify(validate.errors)}`).toBe(
        workflowFileSchema.safeParse(workflow).success,
      )
    }
  })

  it('agrees with the code on generated workflows', () => {
    fc.assert(
      fc.property(workflows(1), (workflow) => {
        const json = JSON.parse(JSON.stringify(workflow)) as unknown
        expect(validate(json), JSON.stringify(validate.errors)).toBe(
          workflowFileSchema.safeParse(json).success,
        )
      }),
      { numRuns: 300 },
    )
  })

  it('accepts the gallery', () => {
    for (const name of readdirSync(`${root}/resources/workflows`)) {
      const file = JSON.parse(readFileSync(`${root}/resources/workflows/${name}`, 'utf8'))
      expect(validate(file), `${name}: ${JSON.stringify(validate.errors)}`).toBe(true)
    }
  })
})
