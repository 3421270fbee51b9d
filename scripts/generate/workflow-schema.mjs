// The JSON Schema of workflow files, for editors, out of the schema that the code checks them with.
import { z } from 'zod'
import { workflowFileSchema } from '../../src/protocol/workflow/schema.ts'

/** @returns {string} JSON text, as docs/workflow.schema.json holds it. */
export function workflowSchemaText() {
  const schema = z.toJSONSchema(workflowFileSchema, {
    io: 'input',
    override: ({ jsonSchema }) => {
      // What zod spells out and JSON says by itself.
      if (isEmpty(jsonSchema.additionalProperties)) delete jsonSchema.additionalProperties
      delete jsonSchema.propertyNames
    },
  })
  return `${JSON.stringify({ title: 'Driad workflow', ...schema }, null, 2)}\n`
}

/** @param {unknown} value */
function isEmpty(value) {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}
