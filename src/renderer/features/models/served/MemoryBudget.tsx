import { Button, NumberInput, Popover } from '@mantine/core'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { MachineView } from '../../../../protocol/fit-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { readFailure } from '../../../api/failure.ts'
import { Segmented } from '../../../components/Segmented.tsx'
import { bytes } from '../../../format/numbers.ts'
import classes from './MemoryBudget.module.css'

const GIGABYTE = 1e9
const LEAST_GIGABYTES = 0.1

export interface MemoryBudgetProps {
  /** 0 for what is free. */
  readonly budgetBytes: number
  readonly machine: MachineView | undefined
  readonly label?: string
}

/** How much memory models may take together, and the small form that changes it. */
export function MemoryBudget({ budgetBytes, machine, label }: MemoryBudgetProps) {
  const [opened, setOpened] = useState(false)
  const words =
    budgetBytes === 0
      ? t('models-served:budget.free')
      : t('models-served:budget.fixed', { size: bytes(budgetBytes) })
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={300} trapFocus returnFocus>
      <Popover.Target>
        <Button
          leftSection={<IconAdjustmentsHorizontal aria-hidden size={14} />}
          onClick={() => setOpened(!opened)}
        >
          {label ?? words}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('models-served:memory.title')}>
        <BudgetForm budgetBytes={budgetBytes} machine={machine} onDone={() => setOpened(false)} />
      </Popover.Dropdown>
    </Popover>
  )
}

type FormProps = Omit<MemoryBudgetProps, 'label'> & { readonly onDone: () => void }

function BudgetForm({ budgetBytes, machine, onDone }: FormProps) {
  const trpc = useTRPC()
  const cache = useQueryClient()
  const suggestion = budgetBytes > 0 ? budgetBytes : (machine?.ramForModelsBytes ?? 4 * GIGABYTE)
  const [kind, setKind] = useState<'free' | 'fixed'>(budgetBytes === 0 ? 'free' : 'fixed')
  const [gigabytes, setGigabytes] = useState<number | string>(Math.round(suggestion / 1e8) / 10)
  const set = useMutation(
    trpc.settings.set.mutationOptions({
      onSuccess: (settings) => {
        cache.setQueryData(trpc.settings.get.queryKey(), settings)
        void cache.invalidateQueries(trpc.fit.pathFilter())
        onDone()
      },
    }),
  )
  const amount = Number(gigabytes)
  const invalid = kind === 'fixed' && !(amount >= LEAST_GIGABYTES)
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (invalid) return
        set.mutate({ memoryBudgetBytes: kind === 'free' ? 0 : Math.round(amount * GIGABYTE) })
      }}
    >
      <Segmented
        label={t('models-served:memory.title')}
        value={kind}
        options={[
          { value: 'free', label: t('models-served:budget.whatIsFree') },
          { value: 'fixed', label: t('models-served:budget.atMost') },
        ]}
        onChange={setKind}
      />
      {kind === 'fixed' ? (
        <NumberInput
          label={t('models-served:budget.together')}
          suffix={' GB'}
          min={LEAST_GIGABYTES}
          step={0.5}
          decimalScale={3}
          value={gigabytes}
          error={invalid ? t('models-served:budget.tooLittle', { least: LEAST_GIGABYTES }) : undefined}
          onChange={setGigabytes}
        />
      ) : (
        <p className={classes.note}>
          {machine === undefined
            ? t('models-served:budget.freeNote')
            : t('models-served:budget.freeNoteNow', { size: bytes(machine.ramForModelsBytes) })}
        </p>
      )}
      <p className={classes.note}>{t('models-served:budget.onDemand')}</p>
      {set.error !== null && (
        <p className={classes.problem} role="alert">
          {readFailure(set.error).message}
        </p>
      )}
      <Button type="submit" variant="filled" loading={set.isPending} disabled={invalid}>
        {t('models-served:budget.set')}
      </Button>
    </form>
  )
}
