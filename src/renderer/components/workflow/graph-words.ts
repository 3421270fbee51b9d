import { t } from '../../../locales/translate.ts'
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
  if (isRunning) return { tone: 'running', label: t('workflow:task.running') }
  if (runs > 0)
    return hasFailed
      ? { tone: 'attention', label: t('workflow:task.failed') }
      : { tone: 'earned', label: t('workflow:task.done') }
  if (!task.exists) return { tone: 'attention', label: t('workflow:task.missing') }
  return { tone: 'neutral', label: task.isReached ? undefined : t('workflow:task.notReached') }
}

/** What a task did so far: `3 runs · 1.2 s`; empty where nothing is known. With steps left out it is a least. */
export function taskFigures(taskId: string, log: StepLog): string {
  const { runs, totalMs } = taskLog(log, taskId)
  if (runs === 0) return ''
  const isLeast = log.skipped > 0 || log.missing > 0
  const words = isLeast ? t('workflow:task.runsAtLeast', { runs }) : t('workflow:task.runs', { count: runs })
  return `${words} · ${duration(totalMs)}`
}

/** Everything about a task that its picture shows, for those who do not see it; begins with the words in the picture. */
export function taskSentence(task: PictureTask, picture: WorkflowPicture, log: StepLog): string {
  const { label = '' } = taskState(task, log)
  const words = [task.name, label, operatorWords(task.operator), taskFigures(task.id, log)]
  const named = words.filter((word) => word !== '').join(' ')
  const ways = picture.edges
    .filter(({ source }) => source === task.id)
    .map((edge) => wayWords(edge, picture))
    .join('; ')
  if (task.id !== picture.start) return ways === '' ? named : t('workflow:task.then', { task: named, ways })
  return ways === ''
    ? t('workflow:task.first', { task: named })
    : t('workflow:task.firstThen', { task: named, ways })
}

/** `score if size of questions ≥ 5`, `end if it fails`. */
export function wayWords({ target, label, branch }: PictureEdge, picture: WorkflowPicture): string {
  const name =
    target === undefined
      ? t('workflow:way.end')
      : (picture.tasks.find(({ id }) => id === target)?.name ?? target)
  if (label === undefined) return name
  if (branch === 'target') return t('workflow:way.if', { name, condition: label })
  return t(branch === 'fallback' ? 'workflow:way.ifFails' : 'workflow:way.otherwise', { name })
}
