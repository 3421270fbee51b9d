import { Button, Popover, TextInput } from '@mantine/core'
import { IconPencil } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { readFailure } from '../../../api/failure.ts'
import { exactCredits, parseCredits, typedCredits } from '../../../format/credits.ts'
import classes from './ModelPrice.module.css'

const EXAMPLE_MICRO = 40_000n

/** What this model takes, and the small form that changes it. */
export function ModelPrice({ model }: { readonly model: ModelView }) {
  const [opened, setOpened] = useState(false)
  const prompt = exactCredits(model.promptMicroPer1k)
  const completion = exactCredits(model.completionMicroPer1k)
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={264} trapFocus returnFocus>
      <Popover.Target>
        <button
          type="button"
          className={classes.price}
          onClick={() => setOpened(true)}
          aria-label={t('models-served:price.change', { prompt, completion, name: model.name })}
        >
          {t('models-served:price.inAndOut', { prompt, completion })}
          <IconPencil aria-hidden size={13} />
        </button>
      </Popover.Target>
      <Popover.Dropdown>
        <PriceForm model={model} onDone={() => setOpened(false)} />
      </Popover.Dropdown>
    </Popover>
  )
}

function PriceForm({ model, onDone }: { readonly model: ModelView; readonly onDone: () => void }) {
  const [prompt, setPrompt] = useState(typedCredits(model.promptMicroPer1k))
  const [completion, setCompletion] = useState(typedCredits(model.completionMicroPer1k))
  const trpc = useTRPC()
  const setPrice = useMutation(trpc.models.setPrice.mutationOptions({ onSuccess: onDone }))
  const clearPrice = useMutation(trpc.models.clearPrice.mutationOptions({ onSuccess: onDone }))
  const failure = setPrice.error ?? clearPrice.error
  const promptMicro = parseCredits(prompt)
  const completionMicro = parseCredits(completion)
  const problem = (value: bigint | undefined) =>
    value === undefined
      ? t('models-served:price.invalid', { example: typedCredits(EXAMPLE_MICRO) })
      : undefined
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        if (promptMicro === undefined || completionMicro === undefined) return
        setPrice.mutate({
          name: model.name,
          promptMicroPer1k: String(promptMicro),
          completionMicroPer1k: String(completionMicro),
        })
      }}
    >
      <TextInput
        label={t('models-served:price.prompt')}
        rightSection={<span className={classes.unit}>{t('models-served:fact.credits')}</span>}
        rightSectionWidth={58}
        inputMode="decimal"
        value={prompt}
        error={problem(promptMicro)}
        onChange={(event) => setPrompt(event.currentTarget.value)}
      />
      <TextInput
        label={t('models-served:price.completion')}
        rightSection={<span className={classes.unit}>{t('models-served:fact.credits')}</span>}
        rightSectionWidth={58}
        inputMode="decimal"
        value={completion}
        error={problem(completionMicro)}
        onChange={(event) => setCompletion(event.currentTarget.value)}
      />
      <p className={classes.note}>{t('models-served:price.note')}</p>
      {failure !== null && (
        <p className={classes.problem} role="alert">
          {readFailure(failure).message}
        </p>
      )}
      <Button type="submit" variant="filled" loading={setPrice.isPending}>
        {t('models-served:price.set')}
      </Button>
      {model.ownPrice && (
        <Button loading={clearPrice.isPending} onClick={() => clearPrice.mutate({ name: model.name })}>
          {t('models-served:price.useCommon')}
        </Button>
      )}
    </form>
  )
}
