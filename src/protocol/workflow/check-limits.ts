import { isObject } from './is-object.ts'
import type { IssueList, PathPart } from './issue-list.ts'
import type { WorkflowLimits } from './limits.ts'

/**
 * Counts and lengths of a workflow that is JSON but not yet known to have its shape; what has another shape is left
 * to the shape check. Linear in the text, so that the costlier checks never see more than the limits allow.
 */
export function checkLimits(workflow: unknown, limits: WorkflowLimits, issues: IssueList): void {
  if (!isObject(workflow)) return
  const list = (value: unknown, max: number, what: string, path: PathPart[]): readonly unknown[] => {
    if (!Array.isArray(value)) return []
    if (value.length > max) issues.add(path, `at most ${max} ${what}`, `${value.length}`)
    return value.length > max ? [] : value
  }
  const text = (value: unknown, max: number, path: PathPart[]): void => {
    if (typeof value === 'string' && value.length > max)
      issues.add(path, `at most ${max} characters`, `${value.length}`)
  }
  const atMost = (value: unknown, max: number, path: PathPart[], unit: string): void => {
    if (typeof value === 'number' && value > max) issues.add(path, `at most ${max} ${unit}`, String(value))
  }

  text(workflow.name, limits.nameChars, ['name'])
  text(workflow.description, limits.messageChars, ['description'])
  if (isObject(workflow.config)) {
    const { config } = workflow
    atMost(config.max_steps, limits.maxSteps, ['config', 'max_steps'], 'steps')
    atMost(config.max_time, limits.maxTimeSeconds, ['config', 'max_time'], 'seconds')
    atMost(config.max_tokens, limits.maxTokens, ['config', 'max_tokens'], 'tokens')
    list(config.tools, limits.customTools, 'tools', ['config', 'tools'])
    list(config.custom_tools, limits.customTools, 'tools', ['config', 'custom_tools'])
  }
  if (isObject(workflow.external_memory)) {
    let entries = 0
    for (const [key, value] of Object.entries(workflow.external_memory)) {
      text(key, limits.nameChars, ['external_memory', key.slice(0, 40)])
      entries += Array.isArray(value) ? Math.max(1, value.length) : 1
    }
    if (entries > limits.memoryEntries) {
      issues.add(['external_memory'], `at most ${limits.memoryEntries} entries and items`, String(entries))
    }
  }
  for (const [index, task] of list(workflow.tasks, limits.tasks, 'tasks', ['tasks']).entries()) {
    if (!isObject(task)) continue
    const path = ['tasks', index]
    text(task.id, limits.nameChars, [...path, 'id'])
    text(task.name, limits.nameChars, [...path, 'name'])
    text(task.prompt, limits.messageChars, [...path, 'prompt'])
    for (const [at, message] of list(task.messages, limits.messages, 'messages', [
      ...path,
      'messages',
    ]).entries()) {
      if (isObject(message)) text(message.content, limits.messageChars, [...path, 'messages', at, 'content'])
    }
    for (const [at, input] of list(task.inputs, limits.inputs, 'inputs', [...path, 'inputs']).entries()) {
      if (isObject(input)) text(input.name, limits.nameChars, [...path, 'inputs', at, 'name'])
    }
    list(task.outputs, limits.inputs, 'outputs', [...path, 'outputs'])
  }
  list(workflow.steps, limits.steps, 'steps', ['steps'])
  if (isObject(workflow.return_value)) {
    list(workflow.return_value.input, limits.inputs, 'inputs', ['return_value', 'input'])
    list(workflow.return_value.post_process, limits.postProcess, 'entries', ['return_value', 'post_process'])
  }
}
