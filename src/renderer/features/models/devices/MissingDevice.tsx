import { Button } from '@mantine/core'
import { IconClock, IconCpu, IconRefresh } from '@tabler/icons-react'
import { t } from '../../../../locales/translate.ts'
import { deviceCause } from '../../../../locales/words/device-words.ts'
import { useDevices } from '../../../app/use-node.ts'
import { Banner, BannerNote } from '../../../components/Banner.tsx'
import { FailureNote } from '../../../components/ErrorState.tsx'
import { useDeviceActions } from './use-device-actions.ts'

/** What models are to be computed on is not there: why, what it means, and what can be done. Nothing where all is well. */
export function MissingDevice() {
  const devices = useDevices()
  const { look, looking, choose, choosing } = useDeviceActions()
  if (devices === undefined) return null
  const { use, probing } = devices
  if (use.state !== 'suspended' && use.state !== 'fallback') return null
  const why = (use.causes ?? []).map(deviceCause).join('; ')
  const lookAgain = (
    <Button leftSection={<IconRefresh aria-hidden size={14} />} loading={looking || probing} onClick={look}>
      {t('models-devices:suspended.lookAgain')}
    </Button>
  )
  if (use.state === 'suspended') {
    return (
      <FailureNote
        failure={{
          code: 'device_unavailable',
          message: why === '' ? t('models-devices:suspended.notFound') : why,
        }}
        action={
          <>
            {lookAgain}
            <Button
              leftSection={<IconCpu aria-hidden size={14} />}
              loading={choosing}
              onClick={() => choose({ cpuFallback: true })}
            >
              {t('models-devices:suspended.useProcessor')}
            </Button>
          </>
        }
      />
    )
  }
  return (
    <Banner
      tone="waiting"
      label={t('models-devices:fallback.label')}
      icon={IconClock}
      title={t('models-devices:fallback.title')}
      actions={
        <>
          {lookAgain}
          <Button loading={choosing} onClick={() => choose({ cpuFallback: false })}>
            {t('models-devices:fallback.suspend')}
          </Button>
        </>
      }
    >
      <p>{t('models:sentence', { text: why })}</p>
      <BannerNote>{t('models-devices:fallback.meaning')}</BannerNote>
    </Banner>
  )
}
