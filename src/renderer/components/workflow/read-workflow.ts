import { t } from '../../../locales/translate.ts'
import { isObject } from '../../../protocol/workflow/is-object.ts'
import { findJsonFault } from '../../../protocol/workflow/json-text.ts'
import { workflowLimits } from '../../../protocol/workflow/limits.ts'
import { type WorkflowOperator, workflowOperators } from '../../../protocol/workflow/schema.ts'
import { conditionWords, cut } from './condition-words.ts'
import { type Branch, edgeKey } from './step-log.ts'

/** Tasks that are drawn; more are counted. */
export const DRAWN_TASKS = 200
/** Longer texts are no workflow that a node would take, and are not parsed on each change. */
const MAX_CHARS = 2 * workflowLimits.bytes
const NAME_CHARS = 80
/** Sources and targets that v1 files use for the end of a run. */
const endNames = new Set(['_end', '__end', 'end'])

export interface PictureTask {
  readonly id: string
  /** Its name, else its id; one line. */
  readonly name: string
  /** Undefined where the file has none that is known. */
  readonly operator: WorkflowOperator | undefined
  /** False where a step names a task that the file does not have. */
  readonly exists: boolean
  /** Whether any way leads to it from the start. */
  readonly isReached: boolean
}

export interface PictureEdge {
  /** As `edgeKey` names what a step took. */
  readonly key: string
  readonly branch: Exclude<Branch, 'failed'>
  readonly source: string
  /** Undefined where the run ends. */
  readonly target: string | undefined
  /** Beside the line: the condition, `else`, `if it fails`. */
  readonly label: string | undefined
}

/** A workflow as it is drawn. */
export interface WorkflowPicture {
  readonly tasks: readonly PictureTask[]
  readonly edges: readonly PictureEdge[]
  /** The task that runs first. */
  readonly start: string | undefined
  /** Tasks that there was no room for. */
  readonly undrawn: number
}

export type PictureReading =
  | { readonly picture: WorkflowPicture; readonly json: unknown; readonly missing?: undefined }
  /** Why there is nothing to draw, and what to do about it. */
  | { readonly missing: { readonly title: string; readonly hint: string }; readonly picture?: undefined }

/** Reads any text as a workflow, as far as one can be seen in it. Never throws. */
export function readWorkflow(text: string): PictureReading {
  if (text.trim() === '') return missing('noWorkflow')
  if (text.length > MAX_CHARS) return missing('tooLarge')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    const fault = findJsonFault(text)
    return missing(
      'noJson',
      fault === undefined ? undefined : t('workflow:nothing.noJson.fault', { ...fault }),
    )
  }
  const picture = pictureOf(json)
  return picture.tasks.length > 0 ? { picture, json } : missing('noTasks')
}

function missing(
  why: 'noWorkflow' | 'tooLarge' | 'noJson' | 'noTasks',
  hint: string = t(`workflow:nothing.${why}.hint`),
): PictureReading {
  return { missing: { title: t(`workflow:nothing.${why}.title`), hint } }
}

interface FileStep {
  readonly source: string
  readonly targets: readonly [Exclude<Branch, 'failed'>, string, string | undefined][]
}

function pictureOf(json: unknown): WorkflowPicture {
  const file = isObject(json) ? json : {}
  // Maps, because ids are a stranger's: "__proto__" is an id like any other. The first of each counts, as it does in a run.
  const tasks = new Map<string, { name: string; operator: WorkflowOperator | undefined }>()
  for (const task of list(file.tasks)) {
    if (!isObject(task) || typeof task.id !== 'string' || task.id === '' || tasks.has(task.id)) continue
    tasks.set(task.id, { name: nameOf(task.name, task.id), operator: operatorOf(task.operator) })
  }
  const steps = new Map<string, FileStep>()
  for (const step of list(file.steps)) {
    const read = readStep(step)
    if (read !== undefined && !steps.has(read.source)) steps.set(read.source, read)
  }
  const isEnd = (id: string) =>
    tasks.get(id)?.operator === 'end' || (!tasks.has(id) && (endNames.has(id) || !steps.has(id)))
  const goesOn = (id: string) => steps.has(id) && !isEnd(id)

  const ids = [...steps.keys()].filter(goesOn)
  // What no step runs is drawn as well: one who edits must see it.
  const inSteps = new Set(ids)
  for (const [id, { operator }] of tasks) if (!inSteps.has(id) && operator !== 'end') ids.push(id)
  const drawn = new Set(ids.slice(0, DRAWN_TASKS))

  const edges: PictureEdge[] = []
  for (const { source, targets } of steps.values()) {
    if (!drawn.has(source)) continue
    for (const [branch, name, label] of targets) {
      const target = goesOn(name) ? name : undefined
      if (target !== undefined && !drawn.has(target)) continue
      edges.push({ key: edgeKey(source, branch), branch, source, target, label })
    }
  }
  const first = steps.keys().next().value
  const start = first !== undefined && drawn.has(first) ? first : undefined
  const reached = reachedFrom(start, edges)
  return {
    tasks: [...drawn].map((id) => {
      const task = tasks.get(id)
      return {
        id,
        name: task?.name ?? nameOf(undefined, id),
        operator: task?.operator,
        exists: task !== undefined,
        isReached: reached.has(id),
      }
    }),
    edges,
    start,
    undrawn: ids.length - drawn.size,
  }
}

function readStep(step: unknown): FileStep | undefined {
  if (!isObject(step) || typeof step.source !== 'string' || step.source === '') return undefined
  const { source, target, condition, fallback } = step
  const conditional = isObject(condition)
  const targets: [Exclude<Branch, 'failed'>, string, string | undefined][] = []
  if (typeof target === 'string')
    targets.push(['target', target, conditional ? conditionWords(condition) : undefined])
  if (conditional && typeof condition.target_if_not === 'string')
    targets.push(['target_if_not', condition.target_if_not, t('workflow:condition.else')])
  if (typeof fallback === 'string') targets.push(['fallback', fallback, t('workflow:condition.ifFails')])
  return { source, targets }
}

function reachedFrom(start: string | undefined, edges: readonly PictureEdge[]): ReadonlySet<string> {
  const nexts = new Map<string, string[]>()
  for (const { source, target } of edges) {
    if (target === undefined) continue
    const known = nexts.get(source)
    if (known === undefined) nexts.set(source, [target])
    else known.push(target)
  }
  const reached = new Set<string>(start === undefined ? [] : [start])
  // A set gives what is added while it is walked through.
  for (const id of reached) for (const next of nexts.get(id) ?? []) reached.add(next)
  return reached
}

function nameOf(name: unknown, id: string): string {
  const given =
    typeof name === 'string'
      ? name
          .slice(0, 4 * NAME_CHARS)
          .replaceAll(/\s+/g, ' ')
          .trim()
      : ''
  return cut(given === '' ? id : given, NAME_CHARS)
}

function operatorOf(operator: unknown): WorkflowOperator | undefined {
  return workflowOperators.find((known) => known === operator)
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
