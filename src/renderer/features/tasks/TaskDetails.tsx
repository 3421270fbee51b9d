import { Button, Group } from '@mantine/core'
import { IconFlask2, IconPlayerStop } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { t } from '../../../locales/translate.ts'
import type { TaskDetailView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { useNavigate } from '../../app/use-route.ts'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { FailureNote } from '../../components/ErrorState.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import { useFromNow } from '../../components/Now.tsx'
import { Facts } from '../../components/Panel.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { exactCredits } from '../../format/credits.ts'
import { rate } from '../../format/numbers.ts'
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
  const ms = useFromNow((now) => taskDuration(task, now))
  return (
    <div className={classes.details}>
      <div>
        <StateBadge task={task} />
        <h2 className={classes.title}>{task.title}</h2>
        <Actions task={task} />
      </div>
      {task.error !== undefined && <FailureNote failure={task.error} title={t('tasks:failed')} />}
      <Facts facts={facts(task, ms)} />
      <Part title={t('tasks:part.timeline')}>
        <TaskTimeline task={task} />
      </Part>
      <Part title={t('tasks:part.result')}>
        {task.result === undefined ? (
          <p className={classes.none}>
            {isEnded(task.state)
              ? t('tasks:result.none')
              : task.liveTokens === undefined
                ? t('tasks:result.notYet')
                : t('tasks:result.soFar', { count: task.liveTokens })}
          </p>
        ) : (
          <CodeBlock label={t('tasks:code.result')} text={task.result} wrap />
        )}
      </Part>
      {task.steps !== undefined && task.steps.length > 0 && (
        <Part title={t('tasks:part.steps')}>
          <TaskSteps task={task} steps={task.steps} />
        </Part>
      )}
      <Part title={t('tasks:part.payment')}>
        <TaskPayment task={task} />
      </Part>
      {task.checks !== undefined && (
        <Part title={t('tasks:part.checks')}>
          <TaskChecks checks={task.checks} />
        </Part>
      )}
      {task.agreement !== undefined && (
        <Part title={t('tasks:part.agreement')}>
          <TaskAgreement agreement={task.agreement} />
        </Part>
      )}
      {task.nodes !== undefined && (
        <Part title={t('tasks:part.nodes')}>
          <TaskNodes nodes={task.nodes} />
        </Part>
      )}
      {task.input !== undefined && (
        <Part title={t('tasks:part.input')}>
          <CodeBlock label={t('tasks:code.input')} text={task.input} wrap />
        </Part>
      )}
      <Part title={t('tasks:part.workflow')}>
        <CodeBlock label={t('tasks:code.workflow')} text={indentJson(task.workflowJson)} />
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
      onError: (error) => notifyFailure(error, t('tasks:cancelFailed')),
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
          {t('tasks:cancel')}
        </Button>
      )}
      <Button leftSection={<IconFlask2 aria-hidden size={14} />} onClick={openInTest}>
        {t('tasks:openInTest')}
      </Button>
    </Group>
  )
}

function facts(task: TaskDetailView, ms: number | undefined): [string, ReactNode][] {
  const executed = task.role === 'executed'
  const { stats } = task
  const generationMs = stats === undefined ? undefined : stats.totalMs - (stats.firstTokenMs ?? 0)
  const list: [string, ReactNode][] = [
    [t('tasks:fact.id'), <Identifier key="id" value={task.taskId} label={t('tasks:id.task')} whole />],
    [
      executed ? t('tasks:fact.askedBy') : t('tasks:fact.doneBy'),
      task.counterparty === undefined ? (
        t('tasks:noNode')
      ) : (
        <Identifier
          key="who"
          value={task.counterparty}
          label={executed ? t('tasks:id.requester') : t('tasks:id.node')}
          whole
        />
      ),
    ],
    [t('tasks:fact.model'), task.model],
  ]
  if (stats !== undefined) {
    const { promptTokens: prompt, completionTokens: completion } = stats
    list.push([
      t('tasks:fact.tokens'),
      generationMs !== undefined && generationMs > 0 && completion > 1
        ? t('tasks:fact.tokensAtSpeed', {
            prompt,
            completion,
            rate: rate(((completion - 1) / generationMs) * 1_000),
          })
        : t('tasks:fact.tokensOf', { prompt, completion }),
    ])
  }
  if (ms !== undefined) {
    const total = duration(ms)
    list.push([
      t('tasks:fact.time'),
      stats?.firstTokenMs === undefined
        ? total
        : t('tasks:fact.timeToFirst', { total, first: duration(stats.firstTokenMs) }),
    ])
  }
  if (task.amountMicro !== undefined) {
    list.push([
      executed ? t('tasks:fact.earns') : t('tasks:fact.costs'),
      t('common:credits', { amount: exactCredits(task.amountMicro) }),
    ])
  }
  list.push(
    [t('tasks:fact.created'), fullTime(task.createdAtMs)],
    [t('tasks:fact.deadline'), fullTime(task.deadlineMs)],
  )
  return list
}
