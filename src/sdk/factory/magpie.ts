import { z } from 'zod'
import { ConditionBuilder } from '../builder/edge.ts'
import { GetAll, Size } from '../builder/memory-inputs.ts'
import { Push } from '../builder/memory-outputs.ts'
import { Expression } from '../builder/operators.ts'
import { WorkflowBuilder } from '../builder/workflow-builder.ts'
import { filled, whole } from './fields.ts'
import { secondsFor } from './limits.ts'
import { defineSingleton } from './singleton.ts'
import { tidyParts } from './tidy-text.ts'

const INSTRUCTION = `You are {{instructorPersona}}. You talk with {{respondingPersona}}.

What was said so far (nothing, if you begin):
{{transcript}}

Say the next thing in your own voice. Begin with something that such a person would really want to know; later, follow up on the
last answer and do not ask the same twice. One message of at most three sentences, no names in front, no stage directions.`

const RESPONSE = `You are {{respondingPersona}}. You talk with {{instructorPersona}}.

What was said so far:
{{transcript}}

Answer the last message in your own voice: to the point, correct, and complete by itself. No names in front, no stage directions.`

/** A dialogue between two personas, turn by turn (Magpie). */
export const MagPie = defineSingleton({
  name: 'MagPie',
  input: z.object({
    instructorPersona: filled('Who asks, as "a curious scientist"'),
    respondingPersona: filled('Who answers, as "an AI assistant"'),
    numTurns: whole(1, 20, 'How many times each of them speaks').default(1),
  }),
  output: z.object({
    dialogue: z
      .array(
        z.object({ instructor: filled('What the instructor says'), responder: filled('What is answered') }),
      )
      .min(1)
      .describe('The turns, in order'),
  }),
  workflow: ({ numTurns, ...personas }) => {
    const transcript = GetAll.new('transcript', { required: false })
    return new WorkflowBuilder(personas, { name: 'MagPie' })
      .generativeStep({
        id: 'instruction',
        prompt: INSTRUCTION,
        inputs: [transcript],
        outputs: [
          Push.new('transcript', { value: 'Instructor:' }),
          Push.new('transcript'),
          Push.new('dialogue'),
        ],
      })
      .generativeStep({
        id: 'response',
        prompt: RESPONSE,
        inputs: [transcript],
        outputs: [
          Push.new('transcript', { value: 'Responder:' }),
          Push.new('transcript'),
          Push.new('dialogue'),
        ],
      })
      .flow([
        { source: 'instruction', target: 'response' },
        {
          source: 'response',
          target: '_end',
          condition: ConditionBuilder.build({
            input: Size.new('dialogue'),
            expression: Expression.GREATER_THAN_OR_EQUAL,
            expected: numTurns * 2,
            targetIfNot: 'instruction',
          }),
        },
      ])
      .setMaxSteps(numTurns * 2 + 1)
      .setMaxTime(secondsFor(numTurns * 2))
      .setMaxTokens(512)
      .setReturnValue('dialogue')
      .build()
  },
  parse: (text) => {
    const said = tidyParts(text, ['instructor', 'responder'])
    const dialogue = []
    for (let at = 0; at < said.length; at += 2)
      dialogue.push({ instructor: said[at], responder: said[at + 1] })
    return { dialogue }
  },
})
