import { Button } from '@mantine/core'
import type { ComponentType } from 'react'
import { t } from '../../../locales/translate.ts'
import { type FirstRunStep, type FirstRunView, firstRunSteps } from '../../../protocol/first-run-views.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Page } from '../../components/Page.tsx'
import { DeviceStep } from './DeviceStep.tsx'
import classes from './FirstRunPage.module.css'
import { KeyStep } from './KeyStep.tsx'
import { ModelStep } from './ModelStep.tsx'
import { OnlineStep } from './OnlineStep.tsx'
import { StepList } from './StepList.tsx'
import type { StepProps } from './step-props.ts'
import { TestStep } from './TestStep.tsx'
import { useGoTo, useSetUp } from './use-set-up.ts'
import { Welcome } from './Welcome.tsx'

const steps: Readonly<Record<Exclude<FirstRunStep, 'welcome'>, ComponentType<StepProps>>> = {
  device: DeviceStep,
  model: ModelStep,
  key: KeyStep,
  test: TestStep,
  online: OnlineStep,
}

export interface FirstRunPageProps {
  readonly status: NodeStatusView
  readonly view: FirstRunView
  readonly step: FirstRunStep
}

/** Sets the node up step by step. Each step is done for good when it is done, in whatever order. */
export function FirstRunPage({ status, view, step }: FirstRunPageProps) {
  const goTo = useGoTo(view.stage)
  const navigate = useNavigate()
  const { finish } = useSetUp()
  const at = firstRunSteps.indexOf(step)
  const leave = () => {
    finish.mutate(undefined, { onSuccess: () => navigate({ view: 'overview' }) })
  }
  const Step = step === 'welcome' ? undefined : steps[step]
  return (
    <Page
      title={t('setup:page.title')}
      actions={
        <Button variant="subtle" color="gray" onClick={leave}>
          {t('setup:page.later')}
        </Button>
      }
    >
      <div className={classes.flow}>
        <StepList view={view} current={step} onGo={goTo} />
        {Step === undefined ? (
          <Welcome status={status} stage={view.stage} />
        ) : (
          <Step
            key={step}
            status={status}
            view={view}
            onBack={() => goTo(firstRunSteps[at - 1] ?? 'welcome')}
            onNext={() => goTo(firstRunSteps[at + 1] ?? 'online')}
            onDone={leave}
          />
        )}
      </div>
    </Page>
  )
}
