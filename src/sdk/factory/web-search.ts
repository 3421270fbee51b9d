import { z } from 'zod'
import { ConditionBuilder } from '../builder/edge.ts'
import { GetAll, Read, Size } from '../builder/memory-inputs.ts'
import { Push, Write } from '../builder/memory-outputs.ts'
import { Expression } from '../builder/operators.ts'
import { WorkflowBuilder } from '../builder/workflow-builder.ts'
import { bounded, filled, whole } from './fields.ts'
import { secondsFor } from './limits.ts'
import { defineSingleton } from './singleton.ts'
import { tidyParts } from './tidy-text.ts'

const ASK = `You are finding out about this topic by searching the web: {{topic}}

What you noted so far:
{{notes}}

Write the query for the next search: about a side of the topic that the notes do not cover yet, in a few words, without quotation marks.
Answer with JSON: {"query": "…"}`

const OPEN = `Search results about {{topic}}:

{{results}}

Read the page of these results that is likely to say the most about the topic: call a function that reads a web page, with its address. Then
tell what the page says about the topic, in at most ten sentences.`

const NOTE = `You are finding out about this topic: {{topic}}

What was found on the web:
<found>
{{results}}
{{page}}
</found>

Write down what this says about the topic, in three to six sentences: facts, names, numbers, dates, and where they disagree. Only what is there;
leave out advertising, navigation and everything about other things.

Answer with the note and nothing else.`

/** How many searches a mode makes. */
const rounds = { NARROW: 1, WIDE: 3 } as const

/** Notes on a topic out of web searches. The node must have a search tool turned on; with `readPages`, one that reads pages as well. */
export const WebSearch = defineSingleton({
  name: 'WebSearch',
  input: z.object({
    topic: filled('What to find out about'),
    mode: z
      .enum(['WIDE', 'NARROW'])
      .describe('NARROW: one search. WIDE: three, each for what is missing')
      .default('NARROW'),
    lang: z.string().min(2).max(16).describe('The language of the results, as "en"').optional(),
    results: whole(1, 20, 'How many results of each search').default(5),
    readPages: z.boolean().describe('Reads a page of each search too, by a function call').default(false),
  }),
  output: z.object({ notes: z.array(filled('A note')).min(1).describe('A note of each search') }),
  workflow: ({ topic, mode, lang, results, readPages }) => {
    const after = readPages ? 'open' : 'note'
    const builder = new WorkflowBuilder({ topic }, { name: 'WebSearch' })
      .searchStep({
        id: 'search',
        query: topic,
        web: { ...(lang !== undefined && { lang }), results },
        placeholders: false,
        outputs: [Write.new('results')],
      })
      .generativeStep({
        id: 'note',
        prompt: NOTE,
        inputs: [Read.new('page', { required: false })],
        outputs: [Push.new('notes')],
      })
      .generativeStep({
        id: 'ask',
        prompt: ASK,
        inputs: [GetAll.new('notes')],
        schema: z.object({ query: bounded(100, 'The query', 2) }),
        outputs: [Write.new('request')],
      })
      // A request that is JSON with a query is a search of the web.
      .searchStep({ id: 'search_again', query: '{{request}}', outputs: [Write.new('results')] })
      .flow([
        { source: 'search', target: after },
        {
          source: 'note',
          target: '_end',
          condition: ConditionBuilder.build({
            input: Size.new('notes'),
            expression: Expression.GREATER_THAN_OR_EQUAL,
            expected: rounds[mode],
            targetIfNot: 'ask',
          }),
        },
        { source: 'ask', target: 'search_again' },
        // What was noted before is not lost with a search that fails.
        { source: 'search_again', target: after, fallback: '_end' },
      ])
    if (readPages) {
      builder
        .functionCallingStep({ id: 'open', prompt: OPEN, outputs: [Write.new('page')] })
        .flow([{ source: 'open', target: 'note', fallback: 'note' }])
    }
    return builder
      .setMaxSteps(rounds[mode] * 10)
      .setMaxTime(secondsFor(rounds[mode] * 4))
      .setMaxTokens(768)
      .setReturnValue('notes')
      .build()
  },
  parse: (text) => ({ notes: tidyParts(text, ['(?:the )?notes?', 'summary']) }),
})
