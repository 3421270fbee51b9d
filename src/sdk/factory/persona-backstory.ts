import { z } from 'zod'
import { GetAll } from '../builder/memory-inputs.ts'
import { Push } from '../builder/memory-outputs.ts'
import { WorkflowBuilder } from '../builder/workflow-builder.ts'
import { filled } from './fields.ts'
import { secondsFor } from './limits.ts'
import { defineSingleton } from './singleton.ts'
import { tidyParts } from './tidy-text.ts'

const PROMPT = `Write the life story of a made-up person who lives in this setting:

<setting>
{{simulationDescription}}
</setting>

What is known of the person:
{{traits}}

Tell it in the second person ("You grew up…"), in two or three paragraphs: where they come from, what formed them, how they live now, what they
hope for and what they are afraid of. Every trait must show in what happened to them, not as a list. Invent believable details; avoid clichés.

Answer with the story and nothing else.`

/**
 * The life story of a persona. Where a trait has several values, the workflow draws one of them from its memory, so that one
 * input gives many personas.
 */
export const PersonaBackstory = defineSingleton({
  name: 'PersonaBackstory',
  input: z.object({
    simulationDescription: filled('The setting in which the persona lives'),
    personaTraits: z
      .union([
        z.array(filled('A trait, as "age: 34"')).min(1).max(64),
        z
          .record(filled('A trait, as "age"'), z.array(filled('A value that it can have')).min(1))
          .refine(
            (traits) => Object.keys(traits).length > 0 && Object.keys(traits).length <= 64,
            '1 to 64 traits',
          ),
      ])
      .describe('Traits, or for each trait the values that it can have'),
  }),
  output: z.object({
    backstory: filled('The life story'),
    personaTraits: z
      .array(filled('A trait'))
      .min(1)
      .describe('The traits that the persona has, those drawn included'),
  }),
  workflow: ({ simulationDescription, personaTraits }) => {
    const given = Array.isArray(personaTraits) ? personaTraits : []
    const drawn = Array.isArray(personaTraits) ? [] : Object.entries(personaTraits)
    const values = drawn.map(([, options], index) => [`trait_${index}`, options] as const)
    const builder = new WorkflowBuilder(
      { simulationDescription, traits: given, ...Object.fromEntries(values) },
      { name: 'PersonaBackstory' },
    )
    for (const [index, [trait]] of drawn.entries()) {
      builder.samplingStep({ prompt: trait, stacks: [`trait_${index}`], outputs: [Push.new('traits')] })
    }
    return builder
      .generativeStep({
        id: 'tell',
        prompt: PROMPT,
        inputs: [GetAll.new('traits')],
        outputs: [Push.new('traits')],
      })
      .setMaxSteps(drawn.length + 2)
      .setMaxTime(secondsFor(1))
      .setMaxTokens(1024)
      .setReturnValue('traits')
      .build()
  },
  parse: (text) => {
    const parts = tidyParts(text, ['(?:back)?story'])
    return { backstory: parts.at(-1), personaTraits: parts.slice(0, -1) }
  },
})
