import { NumberInput } from '@mantine/core'
import { CreditsInput } from './CreditsInput.tsx'
import { DraftInput } from './DraftInput.tsx'
import type { SettingGroup } from './setting-group.ts'

export const workSettings: SettingGroup = {
  title: 'Work and prices',
  rows: [
    {
      key: 'slots',
      title: 'Slots of a model',
      explanation:
        'How many tasks a model works on side by side. More slots earn more in total and make each task slower. Models loaded from now on have them.',
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
      title: 'Price of 1,000 prompt tokens',
      explanation: 'In credits, for models without a price of their own.',
      control: ({ promptMicroPer1k }, save, id) => (
        <CreditsInput id={id} micro={promptMicroPer1k} onSave={(micro) => save('promptMicroPer1k', micro)} />
      ),
    },
    {
      key: 'completionMicroPer1k',
      title: 'Price of 1,000 completion tokens',
      explanation: 'In credits. Requesters who pay less than this get no answer from you.',
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
  title: 'Payment',
  rows: [
    {
      key: 'unpaidStartMicro',
      title: 'A new requester may leave unpaid',
      explanation:
        'Work without a receipt. It grows by a quarter of what the requester signs for, and shrinks by twice what it never pays. As long as anything is left, one task may run whatever it costs. 0 serves nobody who has not paid.',
      control: ({ unpaidStartMicro }, save, id) => (
        <CreditsInput id={id} micro={unpaidStartMicro} onSave={(micro) => save('unpaidStartMicro', micro)} />
      ),
    },
    {
      key: 'unpaidMaxMicro',
      title: 'Any requester may leave unpaid, at most',
      explanation: 'However good its history: what you could lose by one requester that you trust.',
      control: ({ unpaidMaxMicro }, save, id) => (
        <CreditsInput id={id} micro={unpaidMaxMicro} onSave={(micro) => save('unpaidMaxMicro', micro)} />
      ),
    },
    {
      key: 'unpaidStrangersMicro',
      title: 'All newcomers together may leave unpaid',
      explanation:
        'In a day, by all who never signed a receipt. New identities cost nothing: this is what you could lose to made-up ones.',
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
      title: 'Where you want to be paid',
      explanation:
        'An address or an account, without spaces. Everybody can see it, and it is in your statements. Nothing here pays it: it tells those who do.',
      control: ({ payoutAddress }, save, id) => (
        <DraftInput
          id={id}
          width={340}
          value={payoutAddress}
          check={(text) => (/\s/.test(text.trim()) ? 'Without spaces' : undefined)}
          onSave={(text) => save('payoutAddress', text.trim())}
        />
      ),
    },
    {
      key: 'statementDays',
      title: 'Days between statements',
      explanation:
        'How often a statement for each requester that owes you something is written to the folder “statements” of the data folder. 0 is never.',
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
