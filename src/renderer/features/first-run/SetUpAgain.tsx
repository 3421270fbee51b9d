import { Button } from '@mantine/core'
import { IconListCheck } from '@tabler/icons-react'
import { t } from '../../../locales/translate.ts'
import { useNavigate } from '../../app/use-route.ts'
import { Panel } from '../../components/Panel.tsx'

/** The way back to the steps, for who wants to do one of them later or again. */
export function SetUpAgain() {
  const navigate = useNavigate()
  return (
    <Panel
      title={t('setup:again.title')}
      aside={
        <Button
          leftSection={<IconListCheck aria-hidden size={15} />}
          onClick={() => navigate({ view: 'overview', tab: 'first-run', step: 'device' })}
        >
          {t('setup:again.open')}
        </Button>
      }
    >
      <p>{t('setup:again.text')}</p>
    </Panel>
  )
}
