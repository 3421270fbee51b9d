import { DriadError } from '../../../protocol/errors.ts'
import {
  type FunctionCall,
  type FunctionDefinition,
  type ToolName,
  toolNames,
} from '../../../protocol/tools.ts'
import { customToolDefinition } from '../../../protocol/workflow/custom-tools.ts'
import type { CustomTool, WorkflowConfig } from '../../../protocol/workflow/schema.ts'
import { ALL_TOOLS } from '../../../protocol/workflow/tools-needed.ts'
import type { ChatMessage } from '../../inference/contract.ts'
import { toolDefinitions } from '../../tools/definitions.ts'
import type { TaskContext } from './operator-table.ts'

/**
 * The model chooses a function, the node runs it and gives the model the answer, until the model answers with a text.
 * The first answer has to be a call. Each call that is run counts as a step. A function of mode `custom` cannot be run:
 * calling it ends the task, with the call as its result.
 */
export async function functionCalling(context: TaskContext): Promise<string> {
  const { config, session } = context.tools()
  const available = context.availableTools()
  const choices = choicesOf(config, (name) => available.has(name))
  const history: ChatMessage[] = []
  for (;;) {
    const choice = history.length === 0 ? 'required' : 'auto'
    const { text, call } = await context.generate({
      functions: { definitions: definitionsOf(choices), choice },
      after: history,
    })
    if (call === undefined) return text
    const chosen = choices.get(call.name)
    if (chosen === undefined) {
      throw new DriadError(
        'output_invalid',
        `The model called ${call.name}, which is not one of its functions`,
      )
    }
    if (chosen.kind === 'custom' && chosen.tool.mode === 'custom') return rawCall(call)
    context.countCall()
    const answer = await context.call(call, (options) =>
      chosen.kind === 'custom'
        ? session.request(chosen.tool, call.arguments, options)
        : session.call(chosen.name, call.arguments, options),
    )
    history.push({ role: 'call', call, answer })
  }
}

/** The model chooses a function, and its call is the result. */
export async function functionCallingRaw(context: TaskContext): Promise<string> {
  const choices = choicesOf(context.tools().config, () => true)
  const { call } = await context.generate({
    functions: { definitions: definitionsOf(choices), choice: 'required' },
  })
  if (call === undefined) throw new DriadError('output_invalid', 'The model did not answer with a call')
  context.reportCall(call)
  return rawCall(call)
}

type Choice =
  | { readonly kind: 'built-in'; readonly name: ToolName }
  | { readonly kind: 'custom'; readonly tool: CustomTool }

function choicesOf(
  { tools, customTools }: WorkflowConfig,
  has: (name: ToolName) => boolean,
): ReadonlyMap<string, Choice> {
  const named = tools.includes(ALL_TOOLS) ? toolNames : toolNames.filter((name) => tools.includes(name))
  const choices = new Map<string, Choice>()
  for (const name of named) {
    if (has(name)) choices.set(name, { kind: 'built-in', name })
    else if (!tools.includes(ALL_TOOLS))
      throw new DriadError('tool_unavailable', `This node has turned off ${name} since it took the task`)
  }
  for (const tool of customTools) choices.set(tool.name, { kind: 'custom', tool })
  if (choices.size === 0) {
    throw new DriadError('tool_unavailable', 'This node has no tool that the model could call')
  }
  return choices
}

function definitionsOf(choices: ReadonlyMap<string, Choice>): FunctionDefinition[] {
  return [...choices.values()].map((choice) =>
    choice.kind === 'custom' ? customToolDefinition(choice.tool) : toolDefinitions[choice.name],
  )
}

function rawCall({ name, arguments: given }: FunctionCall): string {
  return JSON.stringify({ name, arguments: given })
}
