import type { TokenCounts } from '../../protocol/money.ts'
import { workflowLimits } from '../../protocol/workflow/limits.ts'
import type { Workflow } from '../../protocol/workflow/schema.ts'

/** What a chat template may add to one prompt, and to each of its messages, in tokens. */
const TEMPLATE_TOKENS = 512
const MESSAGE_TOKENS = 32
/** What is read at most of one text that is searched by meaning. */
const EMBED_TOKENS = 512

/**
 * The most tokens that an honest node can count for a workflow. A node could invent tokens within these bounds and
 * nobody would know; beyond them it is caught. `contextSize` is what the node claims its model to have.
 */
export function plausibleTokens(
  workflow: Workflow,
  { input, contextSize }: { readonly input?: string; readonly contextSize: number },
): TokenCounts {
  const generations = generationsAtMost(workflow)
  // A generation that stopped by itself may count the token that stopped it.
  const perGeneration = Math.min(workflow.config.maxTokens + 1, contextSize)
  const completionTokens = generations * perGeneration
  const promptTokens = generations * Math.min(contextSize, promptTokensAtMost(workflow, input))
  return {
    promptTokens: Math.min(promptTokens + embeddedAtMost(workflow), Number.MAX_SAFE_INTEGER),
    completionTokens: Math.min(completionTokens, Number.MAX_SAFE_INTEGER),
  }
}

/** The same where the answer is only read, after the prompt. A token stands for at least one byte of text. */
export function plausibleScore({ promptTokens }: TokenCounts, scoreText: string): TokenCounts {
  return { promptTokens: promptTokens + Buffer.byteLength(scoreText), completionTokens: 0 }
}

/** How many generations a run may come to: each task once where nothing can loop, else one for every step allowed. */
function generationsAtMost(workflow: Workflow): number {
  const byId = new Map(workflow.tasks.map((task) => [task.id, task]))
  const isGeneration = (id: string) => {
    const operator = byId.get(id)?.operator
    return operator !== undefined && operator !== 'sample' && operator !== 'check' && operator !== 'end'
  }
  const calls = workflow.tasks.some(({ operator }) => operator === 'function_calling')
  // Each call is a step of its own, and each task ends with a text.
  if (calls) return 2 * workflow.config.maxSteps
  if (canLoop(workflow)) return workflow.config.maxSteps
  return workflow.steps.filter((step) => isGeneration(step.source)).length
}

/** Tokens that are read to search by meaning: the chunks that a file system holds, and one query for each search. */
function embeddedAtMost({ tasks, steps, returnValue, config }: Workflow): number {
  const searches = [
    ...tasks.flatMap(({ inputs }) => inputs.map(({ value }) => value.type === 'search')),
    ...tasks.map(({ operator }) => operator === 'search'),
    ...steps.map(
      ({ condition }) => condition?.expression === 'HaveSimilar' || condition?.input.type === 'search',
    ),
    ...returnValue.inputs.map(({ type }) => type === 'search'),
  ].filter(Boolean).length
  const inserts = tasks.some(({ outputs }) => outputs.some(({ type }) => type === 'insert'))
  const chunks = inserts ? workflowLimits.fileChunks : 0
  return (chunks + searches * config.maxSteps) * EMBED_TOKENS
}

function canLoop(workflow: Workflow): boolean {
  const next = new Map<string, string[]>()
  for (const { source, target, fallback, condition } of workflow.steps) {
    const targets = next.get(source) ?? []
    targets.push(target)
    if (fallback !== undefined) targets.push(fallback)
    if (condition !== undefined) targets.push(condition.targetIfNot)
    next.set(source, targets)
  }
  const done = new Set<string>()
  const onPath = new Set<string>()
  // Depth first without recursion: a workflow may have a thousand steps.
  for (const start of next.keys()) {
    const stack: { readonly id: string; at: number }[] = [{ id: start, at: 0 }]
    while (stack.length > 0) {
      const top = stack.at(-1) as { readonly id: string; at: number }
      if (top.at === 0) {
        if (done.has(top.id)) {
          stack.pop()
          continue
        }
        onPath.add(top.id)
      }
      const target = next.get(top.id)?.[top.at++]
      if (target === undefined) {
        onPath.delete(top.id)
        done.add(top.id)
        stack.pop()
      } else if (onPath.has(target)) {
        return true
      } else if (next.has(target) && !done.has(target)) {
        stack.push({ id: target, at: 0 })
      }
    }
  }
  return false
}

/**
 * A token stands for at least one byte of text. What goes into a prompt is known only if no prompt takes anything
 * from memory but the run's input; else the context is the bound.
 */
function promptTokensAtMost(workflow: Workflow, input: string | undefined): number {
  const inputBytes = Buffer.byteLength(input ?? '')
  let most = 0
  for (const task of workflow.tasks) {
    // Answers of tools come back into the prompt, and what they may be is not known.
    if (task.operator === 'function_calling' || task.operator === 'function_calling_raw') return Infinity
    if (task.inputs.some(({ value }) => value.type !== 'input' && value.type !== 'string')) return Infinity
    let bytes = TEMPLATE_TOKENS
    for (const { content } of task.messages) {
      bytes += Buffer.byteLength(content) + MESSAGE_TOKENS
      // Each brace pair could be one more copy of the largest thing that may be filled in.
      const placeholders = content.split('{').length - 1
      bytes += placeholders * (inputBytes + largestConstant(task.inputs))
    }
    // A schema may be told to the model in words.
    if (task.schema !== undefined) bytes += 2 * Buffer.byteLength(JSON.stringify(task.schema))
    most = Math.max(most, bytes)
  }
  return most
}

function largestConstant(inputs: Workflow['tasks'][number]['inputs']): number {
  return inputs.reduce(
    (most, { value }) => (value.type === 'string' ? Math.max(most, Buffer.byteLength(value.key)) : most),
    0,
  )
}
