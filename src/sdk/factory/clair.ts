import { z } from 'zod'
import { Write } from '../builder/memory-outputs.ts'
import { WorkflowBuilder } from '../builder/workflow-builder.ts'
import { filled } from './fields.ts'
import { secondsFor } from './limits.ts'
import { defineSingleton } from './singleton.ts'
import { tidyParts } from './tidy-text.ts'

const TASK = `<task>
{{task}}
</task>
<solution>
{{studentSolution}}
</solution>`

const REASON = `You are a teacher. A student was given a task and handed in a solution.

${TASK}

Say what must be changed in the solution for it to be correct, complete and clear, and why: point by point, the gravest first, each with
the place that it is about. If nothing is wrong, say so, and name one thing that would make it clearer. Do not rewrite the solution.`

const CORRECT = `You are a teacher. A student was given a task and handed in a solution, and you wrote down what has to be changed.

${TASK}
<notes>
{{reasoning}}
</notes>

Write the corrected solution. Change only what the notes call for: all the rest stays as the student wrote it, in wording, order and
layout, so that both can be compared. Answer with the corrected solution and nothing else.`

/** Corrects a solution with as few changes as possible, for pairs that differ in what matters (CLAIR). */
export const Clair = defineSingleton({
  name: 'Clair',
  input: z.object({
    task: filled('What the student was asked'),
    studentSolution: filled('What the student answered'),
  }),
  output: z.object({
    reasoning: filled('What has to be changed, and why'),
    correctedStudentSolution: filled('The solution with those changes'),
  }),
  workflow: (input) =>
    new WorkflowBuilder(input, { name: 'Clair' })
      .generativeStep({ id: 'reason', prompt: REASON, outputs: [Write.new('reasoning')] })
      .generativeStep({ id: 'correct', prompt: CORRECT, outputs: [Write.new('corrected')] })
      .setMaxSteps(3)
      .setMaxTime(secondsFor(2))
      .setMaxTokens(1024)
      .setReturnValue(['reasoning', 'corrected'])
      .build(),
  parse: (text) => {
    const [reasoning, correctedStudentSolution] = tidyParts(text, [
      'reasoning',
      'notes',
      '(?:the )?corrected (?:student )?solution',
    ])
    return { reasoning, correctedStudentSolution }
  },
})
