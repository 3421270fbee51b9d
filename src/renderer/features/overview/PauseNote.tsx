import { Button } from '@mantine/core'
import { IconAdjustmentsHorizontal, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import { capitalised } from '../../../locales/words/capitalised.ts'
import { pauseEnds, pauseSentence } from '../../../locales/words/pause-words.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'
import { isPausedByOperator, useNodeActions } from '../../app/use-node.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Banner, BannerNote } from '../../components/Banner.tsx'
import { useFromNow } from '../../components/Now.tsx'

/** Why no tasks are taken, until when, and what can be done. Nothing while they are. */
export function PauseNote({ status }: { readonly status: NodeStatusView }) {
  const { run, pending } = useNodeActions()
  const navigate = useNavigate()
  const { pause } = status.guest
  const sentence = useFromNow((now) => pause && pauseSentence(pause, now))
  if (status.phase !== 'paused' || pause === undefined || sentence === undefined) return null
  const byOperator = isPausedByOperator(status.guest)
  const action = byOperator ? 'resume' : 'serve'
  return (
    <Banner
      tone="waiting"
      label={t('overview:pause.label')}
      icon={IconPlayerPause}
      title={sentence}
      beside
      actions={
        <>
          <Button
            leftSection={<IconPlayerPlay aria-hidden size={14} />}
            loading={pending === action}
            onClick={() => run(action)}
          >
            {byOperator ? t('overview:pause.again') : t('overview:pause.anyway')}
          </Button>
          {!byOperator && (
            <Button
              leftSection={<IconAdjustmentsHorizontal aria-hidden size={14} />}
              onClick={() => navigate({ view: 'settings' })}
            >
              {t('overview:pause.rules')}
            </Button>
          )}
        </>
      }
    >
      <BannerNote>
        {pause.untilMs === undefined && pause.reasons[0] !== undefined
          ? `${capitalised(pauseEnds(pause.reasons[0]))}. `
          : ''}
        {status.running > 0
          ? t('overview:pause.finishing', { count: status.running })
          : t('overview:pause.meaning')}
      </BannerNote>
    </Banner>
  )
}
