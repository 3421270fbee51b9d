import { Button } from '@mantine/core'
import { IconBolt, IconEye, IconPlugConnected, type TablerIcon } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../../../locales/translate.ts'
import type { FirstRunView } from '../../../protocol/first-run-views.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'
import { Logo } from '../../app/Logo.tsx'
import { FailureNote } from '../../components/ErrorState.tsx'
import { useGoTo, useSetUp } from './use-set-up.ts'
import classes from './Welcome.module.css'

export interface WelcomeProps {
  readonly status: NodeStatusView
  readonly stage?: FirstRunView['stage']
}

/** The one screen before anything else: one button, what it does, what others will see, and what it costs. */
export function Welcome({ status, stage = 'new' }: WelcomeProps) {
  const { startEarning } = useSetUp()
  const goTo = useGoTo(stage)
  const joining = startEarning.isPending || status.phase === 'joining'
  return (
    <div className={classes.screen}>
      <div className={classes.hero}>
        <Logo size={56} />
        <h2 className={classes.title}>{t('setup:welcome.title')}</h2>
        <p className={classes.lead}>{t('setup:welcome.lead')}</p>
        {status.error !== undefined && (
          <FailureNote failure={status.error} title={t('setup:welcome.failed')} />
        )}
        <Button
          size="lg"
          variant="filled"
          className={classes.start}
          loading={joining}
          onClick={() => startEarning.mutate()}
          data-autofocus
        >
          {t('setup:welcome.start')}
        </Button>
        <p className={classes.means} role="status">
          {joining
            ? (status.reason ?? t('setup:welcome.joining', { network: status.network }))
            : t('setup:welcome.startMeans', { network: status.network })}
        </p>
        <Button variant="subtle" color="gray" size="sm" onClick={() => goTo('device')}>
          {t('setup:welcome.bySteps')}
        </Button>
      </div>
      <div className={classes.facts}>
        <Fact icon={IconPlugConnected} title={t('setup:welcome.does.title')}>
          <p>{t('setup:welcome.does.offers')}</p>
          <p>{t('setup:welcome.does.works')}</p>
          <p>{t('setup:welcome.does.earns')}</p>
        </Fact>
        <Fact icon={IconEye} title={t('setup:welcome.seen.title')}>
          <p>{t('setup:welcome.seen.text')}</p>
          <p>{t('setup:welcome.seen.private')}</p>
        </Fact>
        <Fact icon={IconBolt} title={t('setup:welcome.costs.title')}>
          <p>{t('setup:welcome.costs.power')}</p>
          <p>{t('setup:welcome.costs.heat')}</p>
        </Fact>
      </div>
    </div>
  )
}

function Fact({
  icon: Icon,
  title,
  children,
}: {
  readonly icon: TablerIcon
  readonly title: string
  readonly children: ReactNode
}) {
  return (
    <section className={classes.fact}>
      <h3>
        <Icon aria-hidden size={18} stroke={1.7} />
        {title}
      </h3>
      {children}
    </section>
  )
}
