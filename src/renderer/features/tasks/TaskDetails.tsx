import { Button, Group } from '@mantine/core'
import { IconFlask2, IconPlayerStop } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { TaskDetailView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { useNavigate } from '../../app/use-route.ts'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { FailureNote } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { useNow } from '../../components/Now.tsx'
import { Facts } from '../../components/Panel.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { exactCredits } from '../../format/credits.ts'
import { count, plural, rate } from '../../format/numbers.ts'
import { isEnded, taskDuration } from '../../format/task-words.ts'
import { duration, fullTime } from '../../format/time.ts'
import { useTestSession } from '../test/TestSessionProvider.tsx'
import { indentJson } from './indent-json.ts'
import { TaskAgreement, TaskChecks, TaskNodes } from './TaskChecks.tsx'
import classes from './TaskDetails.module.css'
import { TaskPayment } from './TaskPayment.tsx'
import { TaskSteps } from './TaskSteps.tsx'
import { TaskTimeline } from './TaskTimeline.tsx'

export function TaskDetails({ task }: { readonly task: TaskDetailView }) {
  return (
    <div className={classes.details}>
      <div>
        <StateBadge task={task} />
        <h2 className={classes.title}>{task.title}</h2>
        <Actions task={task} />
      </div>
      {task.error !== undefined && <FailureNote failure={task.error} title="The task did not succeed" />}
      <Facts facts={facts(task, useNow())} />
      <Part title="What happened">
        <TaskTimeline task={task} />
      </Part>
      <Part title="Result">
        {task.result === undefined ? (
          <p className={classes.none}>
            {isEnded(task.state)
              ? 'There is none.'
              : task.liveTokens === undefined
                ? 'Not yet.'
                : `${plural(task.liveTokens, 'token')} so far.`}
          </p>
        ) : (
          <CodeBlock label="result" text={task.result} wrap />
        )}
      </Part>
      {task.steps !== undefined && task.steps.length > 0 && (
        <Part title="Steps">
          <TaskSteps task={task} steps={task.steps} />
        </Part>
      )}
      <Part title="Payment">
        <TaskPayment task={task} />
      </Part>
      {task.checks !== undefined && (
        <Part title="Checks of its results">
          <TaskChecks checks={task.checks} />
        </Part>
      )}
      {task.agreement !== undefined && (
        <Part title="Agreement of the nodes">
          <TaskAgreement agreement={task.agreement} />
        </Part>
      )}
      {task.nodes !== undefined && (
        <Part title="Nodes that have it">
          <TaskNodes nodes={task.nodes} />
        </Part>
      )}
      {task.input !== undefined && (
        <Part title="Input">
          <CodeBlock label="input" text={task.input} wrap />
        </Part>
      )}
      <Part title="Workflow">
        <CodeBlock label="workflow" text={indentJson(task.workflowJson)} />
      </Part>
    </div>
  )
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section>
      <h3 className={classes.part}>{title}</h3>
      {children}
    </section>
  )
}

function Actions({ task }: { readonly task: TaskDetailView }) {
  const navigate = useNavigate()
  const session = useTestSession()
  const cancel = useMutation(
    useTRPC().tasks.cancel.mutationOptions({
      onError: (error) => notifyFailure(error, 'The task could not be cancelled'),
    }),
  )
  const openInTest = () => {
    session.take(
      { name: task.title, savedText: indentJson(task.workflowJson) },
      { model: task.model, input: task.input ?? '' },
    )
    navigate({ view: 'test' })
  }
  return (
    <Group gap={8} mt={12}>
      {!isEnded(task.state) && (
        <Button
          leftSection={<IconPlayerStop aria-hidden size={14} />}
          loading={cancel.isPending}
          onClick={() => cancel.mutate({ role: task.role, taskId: task.taskId })}
        >
          Cancel task
        </Button>
      )}
      <Button leftSection={<IconFlask2 aria-hidden size={14} />} onClick={openInTest}>
        Open in Test
      </Button>
    </Group>
  )
}

function facts(task: TaskDetailView, nowMs: number): [string, ReactNode][] {
  const executed = task.role === 'executed'
  const { stats } = task
  const ms = taskDuration(task, nowMs)
  const generationMs = stats === undefined ? undefined : stats.totalMs - (stats.firstTokenMs ?? 0)
  const list: [string, ReactNode][] = [
    ['Id', <Identifier key="id" value={task.taskId} label="task id" whole />],
    [
      executed ? 'Asked by' : 'Done by',
      task.counterparty === undefined ? (
        'No node yet'
      ) : (
        <Identifier key="who" value={task.counterparty} label={executed ? 'requester' : 'node'} whole />
      ),
    ],
    ['Model', task.model],
  ]
  if (stats !== undefined) {
    const speed =
      generationMs !== undefined && generationMs > 0 && stats.completionTokens > 1
        ? ` · ${rate(((stats.completionTokens - 1) / generationMs) * 1_000)} tokens/s`
        : ''
    list.push([
      'Tokens',
      `${count(stats.promptTokens)} prompt + ${count(stats.completionTokens)} completion${speed}`,
    ])
  }
  if (ms !== undefined) {
    const first =
      stats?.firstTokenMs === undefined ? '' : ` · first token after ${duration(stats.firstTokenMs)}`
    list.push(['Time', `${duration(ms)}${first}`])
  }
  if (task.amountMicro !== undefined) {
    list.push([executed ? 'Earns' : 'Costs', `${exactCredits(task.amountMicro)} credits`])
  }
  list.push(['Created', fullTime(task.createdAtMs)], ['Deadline', fullTime(task.deadlineMs)])
  return list
}
