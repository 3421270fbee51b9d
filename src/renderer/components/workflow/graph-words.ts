import { count, plural } from '../../format/numbers.ts'
import type { Tone } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import { operatorWords } from './operator-words.ts'
import type { PictureEdge, PictureTask, WorkflowPicture } from './read-workflow.ts'
import { type StepLog, taskLog } from './step-log.ts'

export interface TaskState {
  readonly tone: Tone
  /** Undefined where there is nothing to say. */
  readonly label: string | undefined
}

/** How a task stands in the run, with its word. */
export function taskState(task: PictureTask, log: StepLog): TaskState {
  const { runs, isRunning, hasFailed } = taskLog(log, task.id)
  if (isRunning) return { tone: 'running', label: 'Running' }
  if (runs > 0) return hasFailed ? { tone: 'attention', label: 'Failed' } : { tone: 'earned', label: 'Done' }
  if (!task.exists) return { tone: 'attention', label: 'No such task' }
  return { tone: 'neutral', label: task.isReached ? undefined : 'Not reached' }
}

/** What a task did so far: `3 runs · 1.2 s`; empty where nothing is known. With steps left out it is a least. */
export function taskFigures(taskId: string, log: StepLog): string {
  const { runs, totalMs } = taskLog(log, taskId)
  if (runs === 0) return ''
  const isLeast = log.skipped > 0 || log.missing > 0
  return `${isLeast ? `${count(runs)}+ runs` : plural(runs, 'run')} · ${duration(totalMs)}`
}

/** Everything about a task that its picture shows, for those who do not see it; begins with the words in the picture. */
export function taskSentence(task: PictureTask, picture: WorkflowPicture, log: StepLog): string {
  const { label = '' } = taskState(task, log)
  const words = [task.name, label, operatorWord(task), taskFigures(task.id, log)]
  const ways = picture.edges.filter(({ source }) => source === task.id).map((edge) => wayWords(edge, picture))
  return [
    words.filter((word) => word !== '').join(' '),
    ...(task.id === picture.start ? ['runs first'] : []),
    ...(ways.length === 0 ? [] : [`then ${ways.join('; ')}`]),
  ].join(', ')
}

export function operatorWord({ operator }: Pick<PictureTask, 'operator'>): string {
  return operator === undefined ? 'Unknown' : operatorWords[operator]
}

/** `score if size of questions ≥ 5`, `end if it fails`. */
export function wayWords({ target, label, branch }: PictureEdge, picture: WorkflowPicture): string {
  const name = target === undefined ? 'end' : (picture.tasks.find(({ id }) => id === target)?.name ?? target)
  if (label === undefined) return name
  return branch === 'target'
    ? `${name} if ${label}`
    : `${name} ${branch === 'fallback' ? label : 'otherwise'}`
}
