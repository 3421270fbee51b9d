import { useEffect } from 'react'
import { t } from '../../../locales/translate.ts'
import type { SelfCheckView } from '../../../protocol/first-run-views.ts'
import { ToneIcon } from '../../components/StateBadge.tsx'
import { rate } from '../../format/numbers.ts'
import type { Tone } from '../../format/task-words.ts'
import { duration } from '../../format/time.ts'
import frame from './StepFrame.module.css'
import { AgainButton, NextButton, StepFrame } from './StepFrame.tsx'
import type { StepProps } from './step-props.ts'
import classes from './TestStep.module.css'
import { useSetUp } from './use-set-up.ts'

/** Runs the self-test when it is opened for the first time, and shows how each check went. */
export function TestStep({ view: { test }, onBack, onNext }: StepProps) {
  const { test: start } = useSetUp()
  const { mutate } = start
  const isNew = test.state === 'open'
  useEffect(() => {
    if (isNew) mutate()
  }, [isNew, mutate])
  const running = test.state === 'running' || start.isPending
  return (
    <StepFrame
      title={t('setup:test.title')}
      lead={t('setup:test.lead')}
      onBack={onBack}
      instead={
        <AgainButton
          label={isNew ? t('setup:test.run') : t('setup:test.again')}
          loading={running}
          onClick={() => mutate()}
        />
      }
      next={<NextButton onClick={onNext} />}
    >
      <ol className={frame.rows} aria-label={t('setup:test.checks')}>
        {test.checks.map((check) => (
          <Check key={check.id} check={check} />
        ))}
      </ol>
      <p role="status" className={classes.verdict} data-state={test.state}>
        {running
          ? t('setup:test.running')
          : test.state === 'passed'
            ? t('setup:test.passed')
            : test.state === 'failed'
              ? t('setup:test.failed')
              : ''}
      </p>
    </StepFrame>
  )
}

const tones: Readonly<Record<SelfCheckView['state'], Tone>> = {
  waiting: 'neutral',
  running: 'running',
  passed: 'earned',
  failed: 'attention',
}

function Check({ check }: { readonly check: SelfCheckView }) {
  const { id, state, error, text } = check
  return (
    <li className={classes.check} data-state={state}>
      <ToneIcon tone={tones[state]} size={19} />
      <div className={classes.words}>
        <h3 className={classes.name}>{t(`setup:test.check.${id}`)}</h3>
        <p className={classes.meaning}>{state === 'passed' ? found(check) : t(`setup:test.meaning.${id}`)}</p>
        {text !== undefined && <blockquote className={classes.quote}>{text}</blockquote>}
        {error !== undefined && <p className={classes.error}>{error.message}</p>}
      </div>
      <span className={classes.state}>{t(`setup:test.state.${state}`)}</span>
    </li>
  )
}

function found({
  id,
  model = '',
  tokens = 0,
  tokensPerSecond = 0,
  models = 0,
  tookMs = 0,
}: SelfCheckView): string {
  switch (id) {
    case 'model':
      return t('setup:test.wrote', { model, count: tokens, rate: rate(tokensPerSecond) })
    case 'key':
      return t('setup:test.signed')
    case 'network':
      return t('setup:test.answered', { time: duration(tookMs), count: models })
  }
}
