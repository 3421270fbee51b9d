import { checkCustomTools } from './custom-tools.ts'
import { isObject } from './is-object.ts'
import { foundText, type IssueList, type PathPart, pathText } from './issue-list.ts'
import { readTaskSchema } from './task-schema.ts'

/** Names that v1 files use for the end of a run; a step may have one as its source without such a task. */
const endNames = new Set(['_end', '__end', 'end'])

/**
 * What a shape cannot say: ids are unique, steps name tasks, tasks have what their operators need, schemas compile.
 * Works on any JSON, so that one answer lists the faults of shape and of meaning together.
 * `warnings` are oddities that run all the same.
 */
export function checkMeaning(workflow: unknown, issues: IssueList, warnings: IssueList): void {
  if (!isObject(workflow)) return
  const tasks = Array.isArray(workflow.tasks) ? workflow.tasks : []
  const steps = Array.isArray(workflow.steps) ? workflow.steps : []

  checkCustomTools(workflow.config, issues)
  checkCallsHaveTools(workflow.config, tasks, issues)

  const firstById = new Map<string, number>()
  for (const [index, task] of tasks.entries()) {
    if (!isObject(task)) continue
    if (typeof task.id === 'string') {
      const first = firstById.get(task.id)
      if (first === undefined) firstById.set(task.id, index)
      else
        issues.add(
          ['tasks', index, 'id'],
          `an id of its own (tasks[${first}] has this one)`,
          foundText(task.id),
        )
    }
    checkTask(task, ['tasks', index], issues, warnings)
  }

  const sources = new Map<string, number>()
  for (const [index, step] of steps.entries()) {
    if (!isObject(step) || typeof step.source !== 'string') continue
    if (tasks.length > 0 && !firstById.has(step.source) && !endNames.has(step.source)) {
      issues.add(['steps', index, 'source'], 'the id of a task', foundText(step.source))
    }
    const first = sources.get(step.source)
    if (first === undefined) sources.set(step.source, index)
    else
      warnings.add(
        ['steps', index, 'source'],
        `a source of its own: steps[${first}] has this one, and is the one taken`,
      )
  }
  for (const [index, step] of steps.entries()) {
    if (!isObject(step)) continue
    const targets: [PathPart[], unknown][] = [
      [['steps', index, 'target'], step.target],
      [['steps', index, 'fallback'], step.fallback],
    ]
    if (isObject(step.condition)) {
      targets.push([['steps', index, 'condition', 'target_if_not'], step.condition.target_if_not])
      checkInputValue(step.condition.input, ['steps', index, 'condition', 'input'], issues)
    }
    for (const [path, target] of targets) {
      const task = typeof target === 'string' && !sources.has(target) ? firstById.get(target) : undefined
      if (task === undefined || (isObject(tasks[task]) && tasks[task].operator === 'end')) continue
      warnings.add(
        path,
        'a task that is the source of a step: this one is not, so the run ends here without running it',
      )
    }
  }

  if (isObject(workflow.return_value)) {
    const { input } = workflow.return_value
    if (Array.isArray(input)) {
      for (const [index, value] of input.entries())
        checkInputValue(value, ['return_value', 'input', index], issues)
    } else checkInputValue(input, ['return_value', 'input'], issues)
    warnOfIncompletePostProcess(workflow.return_value.post_process, warnings)
  }
}

/** A model that must call something needs something to call. */
function checkCallsHaveTools(config: unknown, tasks: readonly unknown[], issues: IssueList): void {
  const calls = tasks.some(
    (task) => isObject(task) && /^function_calling(_raw)?$/.test(String(task.operator)),
  )
  if (!calls || !isObject(config)) return
  const tools = Array.isArray(config.tools) ? config.tools : []
  const custom = Array.isArray(config.custom_tools) ? config.custom_tools : []
  if (custom.length > 0 || tools.some((tool) => typeof tool !== 'string' || tool.trim() !== '')) return
  issues.add(['config', 'tools'], 'a tool for the tasks that call functions', foundText(config.tools))
}

function checkTask(
  task: Record<string, unknown>,
  path: PathPart[],
  issues: IssueList,
  warnings: IssueList,
): void {
  const { operator } = task
  const inputs = Array.isArray(task.inputs) ? task.inputs : []
  const messages = Array.isArray(task.messages) ? task.messages : []

  const needsMessage =
    typeof operator === 'string' && /^(generation|search|function_calling(_raw)?)$/.test(operator)
  if (needsMessage && messages.length === 0 && typeof task.prompt !== 'string') {
    issues.add([...path, 'messages'], 'at least one message', foundText(task.messages))
  }
  if (operator === 'check' && inputs.length < 2) {
    issues.add([...path, 'inputs'], 'two inputs to compare', foundText(task.inputs))
  }

  const names = new Set<string>()
  for (const [index, input] of inputs.entries()) {
    if (!isObject(input)) continue
    checkInputValue(input.value, [...path, 'inputs', index, 'value'], issues)
    if (operator === 'sample' && isObject(input.value) && input.value.type === 'get_all') {
      issues.add(
        [...path, 'inputs', index, 'value', 'type'],
        'an input that names one stack, for "sample"',
        '"get_all"',
      )
    }
    if (typeof input.name !== 'string') continue
    if (names.has(input.name)) {
      warnings.add(
        [...path, 'inputs', index, 'name'],
        'a name of its own: the last input of this name is the one taken',
      )
    }
    names.add(input.name)
  }
  for (const [index, message] of messages.entries()) {
    if (isObject(message) && typeof message.content === 'string') {
      warnOfPlaceholders(message.content, names, [...path, 'messages', index, 'content'], warnings)
    }
  }
  if (messages.length === 0 && typeof task.prompt === 'string') {
    warnOfPlaceholders(task.prompt, names, [...path, 'prompt'], warnings)
  }

  for (const issue of readTaskSchema(task.schema, pathText([...path, 'schema'])).issues ?? [])
    issues.addIssue(issue)
}

function checkInputValue(value: unknown, path: PathPart[], issues: IssueList): void {
  if (!isObject(value)) return
  const { type, key } = value
  const needsKey =
    type === 'read' || type === 'peek' || type === 'pop' || type === 'get_all' || type === 'size'
  if ((needsKey || type === 'string') && (key === undefined || key === null)) {
    issues.add(
      [...path, 'key'],
      type === 'string' ? 'the text' : 'the name of a memory entry',
      foundText(key),
    )
  }
  if (isObject(value.search_query)) {
    const query = value.search_query
    if (query.type === undefined && query.value_type === undefined) {
      issues.add([...path, 'search_query', 'type'], 'an input type, as "read"', 'nothing')
    }
    if (query.type === 'search' || query.value_type === 'search') {
      issues.add([...path, 'search_query', 'type'], 'an input type other than "search"', '"search"')
    }
  }
}

/** The sides that a post-processing entry cannot do without; one that lacks its side is skipped, as in v1. */
export function neededSides(processType: unknown): readonly ('lhs' | 'rhs')[] {
  if (processType === 'replace') return ['lhs', 'rhs']
  if (processType === 'append') return ['rhs']
  return processType === 'prepend' ? ['lhs'] : []
}

function warnOfIncompletePostProcess(given: unknown, warnings: IssueList): void {
  if (!Array.isArray(given)) return
  for (const [index, entry] of given.entries()) {
    if (!isObject(entry)) continue
    for (const side of neededSides(entry.process_type)) {
      if (typeof entry[side] === 'string') continue
      warnings.add(['return_value', 'post_process', index, side], 'a text: this entry is skipped without it')
    }
  }
}

/** Prompts hold JSON and code, so a placeholder without an input is left as it is and is only worth a warning. */
function warnOfPlaceholders(
  content: string,
  names: ReadonlySet<string>,
  path: PathPart[],
  warnings: IssueList,
): void {
  for (const match of content.matchAll(/\{\{(\w{1,64})\}\}|\{([A-Za-z_]\w{0,63})\}/g)) {
    const name = match[1] ?? match[2] ?? ''
    if (!names.has(name))
      warnings.add(path, `an input named "${name}": without it the placeholder stays as it is`)
  }
}
