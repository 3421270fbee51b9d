import { Button, Kbd } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconBooks, IconHistory, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react'
import { useMemo, useRef, useState } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import { useTRPCClient } from '../../api/client.ts'
import { viewTitle } from '../../app/routes.ts'
import { CopyButton } from '../../components/CopyButton.tsx'
import { Page } from '../../components/Page.tsx'
import { Panel } from '../../components/Panel.tsx'
import { GalleryDrawer } from './GalleryDrawer.tsx'
import { HistoryDrawer } from './HistoryDrawer.tsx'
import { sdkCode } from './sdk-code.ts'
import { TaskForm } from './TaskForm.tsx'
import { TestOutput } from './TestOutput.tsx'
import classes from './TestPage.module.css'
import { useTestSession, useTestState } from './TestSessionProvider.tsx'
import { draftProblem, type TestDraft } from './test-draft.ts'
import { type TestModels, useTestModels } from './use-test-models.ts'
import { useWorkflowFiles } from './use-workflow-files.ts'
import { WorkflowFileBar } from './WorkflowFileBar.tsx'

/** Tries a prompt or a workflow, on this computer, by way of the network, or both, exactly as a requester's would run. */
export function TestPage() {
  const client = useTRPCClient()
  const session = useTestSession()
  const { draft, origin, runs } = useTestState(session)
  const files = useWorkflowFiles(session)
  const panes = useRef<HTMLDivElement>(null)
  const [revealed, setRevealed] = useState<{ readonly taskId: string }>()
  const [drawer, setDrawer] = useState<'gallery' | 'history'>()
  const offered = offeredModels(useTestModels(), draft.where)
  // A draft keeps the model it was written for; where that one is not to be had, the first that is stands in.
  const model = offered.includes(draft.model) ? draft.model : (offered[0] ?? '')
  const problem = useMemo(() => draftProblem({ ...draft, model }), [draft, model])
  const isRunning = runs.some(({ phase }) => phase === 'running')
  const isWorkflow = draft.kind === 'workflow'

  const start = () => {
    if (isRunning || problem !== undefined) return
    session.edit({ model })
    session.start((input, handlers) => client.test.run.subscribe(input, handlers))
    // In a small window the output is below what is asked.
    panes.current?.lastElementChild?.scrollIntoView({ block: 'nearest' })
  }
  useHotkeys(
    [
      ['mod+Enter', start],
      ['mod+O', files.open],
      ['mod+S', () => isWorkflow && files.save()],
      ['mod+shift+S', () => isWorkflow && files.saveAs()],
    ],
    [],
    true,
  )

  return (
    <Page
      title={viewTitle('test')}
      actions={
        <>
          <Button leftSection={<IconBooks aria-hidden size={15} />} onClick={() => setDrawer('gallery')}>
            {t('test:page.gallery')}
          </Button>
          <Button leftSection={<IconHistory aria-hidden size={15} />} onClick={() => setDrawer('history')}>
            {t('test:page.history')}
          </Button>
          <CopyButton
            form="button"
            label={t('test:page.copyCode')}
            disabled={problem === 'bad-json'}
            text={() => sdkCode({ ...draft, model }) ?? ''}
          />
        </>
      }
    >
      <div
        ref={panes}
        className={classes.panes}
        data-wide={draft.where === 'both' || undefined}
        data-kind={isWorkflow ? 'workflow' : 'prompt'}
      >
        <Panel
          title={t('test:page.task')}
          grow
          aside={isWorkflow && <WorkflowFileBar origin={origin} text={draft.workflowJson} files={files} />}
        >
          <TaskForm
            session={session}
            draft={draft}
            model={model}
            offered={offered}
            edit={(patch) => session.edit(patch)}
            revealed={revealed}
          />
          <div className={classes.foot}>
            <span className={classes.hint}>
              {problem === 'no-model' ? (
                t(`test:page.noModel.${draft.where}`)
              ) : problem === 'bad-json' ? (
                t('test:page.badJson')
              ) : (
                <Trans
                  i18n={i18n}
                  t={t}
                  i18nKey="test:page.starts"
                  components={{
                    ctrl: <Kbd size="xs">{t('test:page.ctrl')}</Kbd>,
                    enter: <Kbd size="xs">{t('test:page.enter')}</Kbd>,
                  }}
                />
              )}
            </span>
            {isRunning ? (
              <Button leftSection={<IconPlayerStop aria-hidden size={15} />} onClick={() => session.stop()}>
                {t('test:page.stop')}
              </Button>
            ) : (
              <Button
                variant="filled"
                leftSection={<IconPlayerPlay aria-hidden size={15} />}
                disabled={problem !== undefined}
                onClick={start}
              >
                {t('test:page.run')}
              </Button>
            )}
          </div>
        </Panel>
        <TestOutput
          runs={runs}
          draftJson={isWorkflow ? draft.workflowJson : undefined}
          onAgain={start}
          onTask={(taskId) => setRevealed({ taskId })}
        />
      </div>
      <GalleryDrawer opened={drawer === 'gallery'} onClose={() => setDrawer(undefined)} session={session} />
      <HistoryDrawer opened={drawer === 'history'} onClose={() => setDrawer(undefined)} session={session} />
    </Page>
  )
}

function offeredModels({ here, network }: TestModels, where: TestDraft['where']): readonly string[] {
  if (where === 'both') return here.filter((name) => network.includes(name))
  return where === 'here' ? here : network
}
