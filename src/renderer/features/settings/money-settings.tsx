import { NumberInput } from '@mantine/core'
import { t } from '../../../locales/translate.ts'
import { CreditsInput } from './CreditsInput.tsx'
import { DraftInput } from './DraftInput.tsx'
import type { SettingGroup } from './setting-group.ts'

export const workSettings: SettingGroup = {
  id: 'work',
  rows: [
    {
      key: 'slots',
      control: ({ slots }, save, id) => (
        <NumberInput
          id={id}
          w={96}
          min={1}
          max={64}
          clampBehavior="strict"
          allowDecimal={false}
          value={slots}
          onChange={(value) => typeof value === 'number' && value !== slots && save('slots', value)}
        />
      ),
    },
    {
      key: 'promptMicroPer1k',
      control: ({ promptMicroPer1k }, save, id) => (
        <CreditsInput id={id} micro={promptMicroPer1k} onSave={(micro) => save('promptMicroPer1k', micro)} />
      ),
    },
    {
      key: 'completionMicroPer1k',
      control: ({ completionMicroPer1k }, save, id) => (
        <CreditsInput
          id={id}
          micro={completionMicroPer1k}
          onSave={(micro) => save('completionMicroPer1k', micro)}
        />
      ),
    },
  ],
}

export const unpaidSettings: SettingGroup = {
  id: 'unpaid',
  rows: [
    {
      key: 'unpaidStartMicro',
      control: ({ unpaidStartMicro }, save, id) => (
        <CreditsInput id={id} micro={unpaidStartMicro} onSave={(micro) => save('unpaidStartMicro', micro)} />
      ),
    },
    {
      key: 'unpaidMaxMicro',
      control: ({ unpaidMaxMicro }, save, id) => (
        <CreditsInput id={id} micro={unpaidMaxMicro} onSave={(micro) => save('unpaidMaxMicro', micro)} />
      ),
    },
    {
      key: 'unpaidStrangersMicro',
      control: ({ unpaidStrangersMicro }, save, id) => (
        <CreditsInput
          id={id}
          micro={unpaidStrangersMicro}
          onSave={(micro) => save('unpaidStrangersMicro', micro)}
        />
      ),
    },
    {
      key: 'payoutAddress',
      control: ({ payoutAddress }, save, id) => (
        <DraftInput
          id={id}
          width={340}
          value={payoutAddress}
          check={(text) => (/\s/.test(text.trim()) ? t('settings:row.payoutAddress.problem') : undefined)}
          onSave={(text) => save('payoutAddress', text.trim())}
        />
      ),
    },
    {
      key: 'statementDays',
      control: ({ statementDays }, save, id) => (
        <NumberInput
          id={id}
          w={96}
          min={0}
          max={366}
          clampBehavior="strict"
          allowDecimal={false}
          value={statementDays}
          onChange={(value) =>
            typeof value === 'number' && value !== statementDays && save('statementDays', value)
          }
        />
      ),
    },
  ],
}
