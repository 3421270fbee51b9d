import type { Command } from 'commander'
import { inspectWorkflow } from '../../protocol/workflow/parse.ts'
import { previewOf } from '../../protocol/workflow/title.ts'
import { toolsNeeded } from '../../protocol/workflow/tools-needed.ts'
import { errorJson, exitCodes } from '../output.ts'
import type { CommandContext } from '../program.ts'
import { readWorkflowArgument } from '../workflow-argument.ts'

export function addValidateCommand(program: Command, context: CommandContext): void {
  program
    .command('validate')
    .description('check a workflow without running it: everything that is wrong with it, at once')
    .argument('<workflow>', 'a workflow file, or - for standard input')
    .action(async (path: string, flags: { json?: boolean }) => {
      const output = context.output(flags)
      const { workflow, error, warnings } = inspectWorkflow(await readWorkflowArgument(path))
      for (const { path: at, expected } of warnings) output.note(`note: ${at}: ${expected}`)
      if (error !== undefined || workflow === undefined) {
        if (flags.json === true)
          output.result({ valid: false, error: error && errorJson(error), warnings }, '')
        else if (error !== undefined) output.failure(error)
        context.exitWith(exitCodes.badInput)
        return
      }
      const tools = toolsNeeded(workflow)
      const needs = tools.length === 0 ? '' : `, needs the tools ${tools.join(', ')}`
      output.result(
        {
          valid: true,
          title: previewOf(workflow),
          tasks: workflow.tasks.length,
          steps: workflow.steps.length,
          tools,
          warnings,
        },
        `valid: ${counted(workflow.tasks.length, 'task')}, ${counted(workflow.steps.length, 'step')}${needs}`,
      )
    })
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
