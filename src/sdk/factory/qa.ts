import { z } from 'zod'
import { ConditionBuilder } from '../builder/edge.ts'
import { GetAll, Size } from '../builder/memory-inputs.ts'
import { Push, Write } from '../builder/memory-outputs.ts'
import { Expression } from '../builder/operators.ts'
import { WorkflowBuilder } from '../builder/workflow-builder.ts'
import { filled, whole } from './fields.ts'
import { secondsFor } from './limits.ts'
import { defineSingleton } from './singleton.ts'
import { tidyParts } from './tidy-text.ts'

const ASK = `You are {{persona}}. You want to know something, and this text knows it:

<text>
{{context}}
</text>

Asked already (nothing, if you begin):
{{asked}}

Ask one question that you would really have, in your own words. The text must contain its answer; the question must not mention the text,
must be clear without it, and must be about something that was not asked already.

Answer with the question and nothing else.`

const ANSWER = `Answer a question from a text alone.

<text>
{{context}}
</text>
Question: {{question}}

Find the passages that bear on it, and answer in full sentences from what they say, without mentioning the text. Add nothing that is not in it.
If it does not contain the answer, say that this is not known.

Answer with the answer and nothing else.`

/** Questions that a persona has about a text, each with the answer that the text gives. */
export const QA = defineSingleton({
  name: 'QA',
  input: z.object({
    context: filled('The text'),
    persona: filled('Who asks').default('an attentive reader'),
    numQuestions: whole(1, 20, 'How many questions there should be').default(1),
  }),
  output: z.object({
    pairs: z
      .array(z.object({ question: filled('What is asked'), answer: filled('What the text answers') }))
      .min(1)
      .describe('The questions and answers, in order'),
  }),
  workflow: ({ context, persona, numQuestions }) =>
    new WorkflowBuilder({ context, persona }, { name: 'QA' })
      .generativeStep({
        id: 'ask',
        prompt: ASK,
        inputs: [GetAll.new('asked', { required: false })],
        outputs: [Write.new('question'), Push.new('asked'), Push.new('pairs')],
      })
      .generativeStep({ id: 'answer', prompt: ANSWER, outputs: [Push.new('pairs')] })
      .flow([
        { source: 'ask', target: 'answer' },
        {
          source: 'answer',
          target: '_end',
          condition: ConditionBuilder.build({
            input: Size.new('asked'),
            expression: Expression.GREATER_THAN_OR_EQUAL,
            expected: numQuestions,
            targetIfNot: 'ask',
          }),
        },
      ])
      .setMaxSteps(numQuestions * 2 + 1)
      .setMaxTime(secondsFor(numQuestions * 2))
      .setMaxTokens(512)
      .setReturnValue('pairs')
      .build(),
  parse: (text) => {
    const said = tidyParts(text, ['question', 'answer'])
    const pairs = []
    for (let at = 0; at < said.length; at += 2) pairs.push({ question: said[at], answer: said[at + 1] })
    return { pairs }
  },
})
