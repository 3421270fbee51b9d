import { Button, Kbd } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import { useTRPCClient } from '../../api/client.ts'
import { CopyButton } from '../../components/CopyButton.tsx'
import { Page } from '../../components/Page.tsx'
import { Panel } from '../../components/Panel.tsx'
import { TaskForm } from './TaskForm.tsx'
import { TestOutput } from './TestOutput.tsx'
import classes from './TestPage.module.css'
import { useTestSession, useTestState } from './TestSessionProvider.tsx'
import { draftProblem, sdkCode } from './test-draft.ts'
import { useTestModels } from './use-test-models.ts'

/** Tries a prompt or a workflow, on this computer or by way of the network, exactly as a requester's would run. */
export function TestPage() {
  const client = useTRPCClient()
  const session = useTestSession()
  const { draft, run } = useTestState(session)
  const models = useTestModels()
  const offered = draft.where === 'here' ? models.here : models.network
  // A draft keeps the model it was written for; where that one is not to be had, the first that is stands in.
  const model = offered.includes(draft.model) ? draft.model : (offered[0] ?? '')
  const problem = draftProblem({ ...draft, model })
  const isRunning = run.phase === 'running'

  const start = () => {
    if (isRunning || problem !== undefined) return
    session.edit({ model })
    session.start((input, handlers) => client.test.run.subscribe(input, handlers))
  }
  useHotkeys([['mod+Enter', start]], [])

  return (
    <Page
      title="Test"
      actions={
        <CopyButton form="button" label="Copy as SDK code" text={() => sdkCode({ ...draft, model })} />
      }
    >
      <div className={classes.panes}>
        <Panel title="Task" grow>
          <TaskForm draft={draft} model={model} offered={offered} edit={(patch) => session.edit(patch)} />
          <div className={classes.foot}>
            <span className={classes.hint}>
              {problem === 'no-model' ? (
                noModelText(draft.where)
              ) : problem === 'bad-json' ? (
                'The workflow is not valid JSON yet.'
              ) : (
                <>
                  <Kbd size="xs">Ctrl</Kbd> <Kbd size="xs">Enter</Kbd> starts it
                </>
              )}
            </span>
            {isRunning ? (
              <Button leftSection={<IconPlayerStop aria-hidden size={15} />} onClick={() => session.stop()}>
                Stop
              </Button>
            ) : (
              <Button
                variant="filled"
                leftSection={<IconPlayerPlay aria-hidden size={15} />}
                disabled={problem !== undefined}
                onClick={start}
              >
                Run
              </Button>
            )}
          </div>
        </Panel>
        <TestOutput run={run} onAgain={start} />
      </div>
    </Page>
  )
}

function noModelText(where: 'here' | 'network'): string {
  return where === 'here'
    ? 'No model is ready on this computer: load one in Models.'
    : 'No node in sight offers a model yet. Join, or wait a moment.'
}
