import { z } from 'zod'
import { ConditionBuilder } from '../builder/edge.ts'
import { Size } from '../builder/memory-inputs.ts'
import { Push } from '../builder/memory-outputs.ts'
import { Expression } from '../builder/operators.ts'
import { WorkflowBuilder } from '../builder/workflow-builder.ts'
import { bounded, filled, whole } from './fields.ts'
import { secondsFor } from './limits.ts'
import { readJson } from './read-json.ts'
import { defineSingleton } from './singleton.ts'
import { distinct } from './tidy-text.ts'

const PROMPT = `These items make a list:
{{items}}

Write one more. It must be of the same kind, as broad or as narrow as the others, written in the same way, and none of those that are there.

Answer with the item as a JSON text.`

/** A list with more items of its kind, one at a time, so that each is told of those before it. */
export const ListExtender = defineSingleton({
  name: 'ListExtender',
  input: z.object({
    list: z.array(filled('An item')).min(1).max(1000).describe('The list so far'),
    newItems: whole(1, 100, 'How many items are written').default(10),
  }),
  output: z.object({
    extendedList: z.array(filled('An item')).min(1).describe('The list and the new items, each item once'),
  }),
  workflow: ({ list, newItems }) =>
    // As JSON texts, like the answers: a model goes on as the list began.
    new WorkflowBuilder({ items: list.map((item) => JSON.stringify(item)) }, { name: 'ListExtender' })
      .generativeStep({
        id: 'add',
        prompt: PROMPT,
        schema: bounded(120, 'An item'),
        outputs: [Push.new('items')],
      })
      .flow([
        {
          source: 'add',
          target: '_end',
          condition: ConditionBuilder.build({
            input: Size.new('items'),
            expression: Expression.GREATER_THAN_OR_EQUAL,
            expected: list.length + newItems,
            targetIfNot: 'add',
          }),
        },
      ])
      .setMaxSteps(newItems + 1)
      .setMaxTime(secondsFor(newItems))
      .setMaxTokens(160)
      .setReturnValue('items')
      .build(),
  parse: (text) => {
    const items = readJson(text)
    if (!Array.isArray(items)) return { extendedList: undefined }
    const texts = items.map((item) => {
      const value = typeof item === 'string' ? readJson(item) : item
      return (typeof value === 'string' ? value : String(item)).trim()
    })
    return { extendedList: distinct(texts.filter((item) => item !== '')) }
  },
})
