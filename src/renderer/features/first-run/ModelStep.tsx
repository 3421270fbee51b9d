import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { RecommendationView } from '../../../protocol/fit-views.ts'
import { useTRPC } from '../../api/client.ts'
import { ModelChoice } from './ModelChoice.tsx'
import { ModelProgress } from './ModelProgress.tsx'
import { NextButton, StepFrame } from './StepFrame.tsx'
import type { StepProps } from './step-props.ts'
import { useSetUp } from './use-set-up.ts'

/** The recommended model and two more to choose from; then how it gets here. */
export function ModelStep({ view: { model }, onBack, onNext }: StepProps) {
  const { choose, leave } = useSetUp()
  const [picked, setPicked] = useState<string>()
  const [another, setAnother] = useState(false)
  const choosing = another || model.state === 'open' || model.state === 'left'
  const { data, error, refetch } = useQuery(
    useTRPC().fit.recommend.queryOptions({}, { enabled: choosing, staleTime: 0 }),
  )
  const recommendation: RecommendationView | undefined = data
  const name = picked ?? recommendation?.best?.name
  const download = () => {
    if (name === undefined) return
    choose.mutate({ name }, { onSuccess: () => setAnother(false) })
  }
  const keepBuiltIn = () => {
    setAnother(false)
    leave.mutate({ task: 'model' }, { onSuccess: onNext })
  }
  return (
    <StepFrame
      title={t('setup:model.title')}
      lead={t('setup:model.lead')}
      onBack={onBack}
      instead={
        choosing ? (
          <Button size="sm" variant="subtle" color="gray" onClick={keepBuiltIn}>
            {t('setup:model.builtIn')}
          </Button>
        ) : (
          <Button size="sm" variant="subtle" color="gray" onClick={() => setAnother(true)}>
            {t('setup:model.other')}
          </Button>
        )
      }
      next={
        choosing && recommendation?.best !== undefined ? (
          <Button
            size="sm"
            variant="filled"
            loading={choose.isPending}
            disabled={name === undefined}
            onClick={download}
          >
            {t('setup:model.get')}
          </Button>
        ) : (
          <NextButton onClick={onNext} />
        )
      }
    >
      {choosing ? (
        <ModelChoice
          recommendation={recommendation}
          error={error}
          onRetry={() => void refetch()}
          name={name}
          onPick={setPicked}
        />
      ) : (
        <ModelProgress model={model} />
      )}
    </StepFrame>
  )
}
