import { Select, Textarea, TextInput } from '@mantine/core'
import { lazy, Suspense, useId } from 'react'
import { t } from '../../../locales/translate.ts'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { Segmented } from '../../components/Segmented.tsx'
import classes from './TestPage.module.css'
import { readNumber, type TestDraft } from './test-draft.ts'
import type { TestSession } from './test-session.ts'

export interface TaskFormProps {
  readonly session: TestSession
  readonly draft: TestDraft
  readonly model: string
  readonly offered: readonly string[]
  readonly edit: (patch: Partial<TestDraft>) => void
  /** The task that the editor is to show; each time it is asked for, another object. */
  readonly revealed: { readonly taskId: string } | undefined
}

// The editor and what it knows of JSON are as large as the rest of the window; many never open it.
const WorkflowEditor = lazy(async () => ({
  default: (await import('./editor/WorkflowEditor.tsx')).WorkflowEditor,
}))

const kinds = ['prompt', 'workflow'] as const
const places = ['here', 'network', 'both'] as const

export function TaskForm({ session, draft, model, offered, edit, revealed }: TaskFormProps) {
  const hintId = useId()
  const isWorkflow = draft.kind === 'workflow'
  return (
    <>
      <div className={classes.choices}>
        <Segmented
          label={t('test:form.what')}
          value={draft.kind}
          options={kinds.map((value) => ({ value, label: t(`test:form.${value}`) }))}
          onChange={(kind) => edit({ kind })}
        />
        <Segmented
          label={t('test:form.where')}
          value={draft.where}
          options={places.map((value) => ({ value, label: t(`test:form.${value}`) }))}
          onChange={(where) => edit({ where })}
        />
        <Select
          aria-label={t('test:form.model')}
          placeholder={t('test:form.noModel')}
          className={classes.model}
          value={model === '' ? null : model}
          data={[...offered]}
          disabled={offered.length === 0}
          onChange={(value) => edit({ model: value ?? '' })}
        />
      </div>
      {isWorkflow ? (
        <>
          <Suspense fallback={<LoadingRows />}>
            <WorkflowEditor session={session} text={draft.workflowJson} hintId={hintId} revealed={revealed} />
          </Suspense>
          <p id={hintId} className={classes.keys}>
            {t('test:form.keys')}
          </p>
        </>
      ) : (
        <Textarea
          aria-label={t('test:form.prompt')}
          placeholder={t('test:form.askSomething')}
          classNames={{ root: classes.editor, wrapper: classes.editorWrapper, input: classes.prompt }}
          value={draft.prompt}
          onChange={(event) => edit({ prompt: event.currentTarget.value })}
        />
      )}
      <div className={classes.numbers} data-kind={draft.kind}>
        {isWorkflow && (
          <TextInput
            label={t('test:form.input')}
            placeholder={t('test:form.inputHint')}
            value={draft.input}
            onChange={(event) => edit({ input: event.currentTarget.value })}
          />
        )}
        <NumberField
          label={t('test:form.temperature')}
          placeholder={t('test:form.default')}
          value={draft.temperature}
          range={[0, 2]}
          onChange={(temperature) => edit({ temperature })}
        />
        <NumberField
          label={t('test:form.seed')}
          placeholder={t('test:form.random')}
          value={draft.seed}
          range={[0, 4_294_967_295]}
          onChange={(seed) => edit({ seed })}
        />
        {!isWorkflow && (
          <NumberField
            label={t('test:form.mostTokens')}
            placeholder={t('test:form.noLimit')}
            value={draft.maxTokens}
            range={[1, 100_000]}
            onChange={(maxTokens) => edit({ maxTokens })}
          />
        )}
      </div>
    </>
  )
}

interface NumberFieldProps {
  readonly label: string
  readonly placeholder: string
  readonly value: string
  readonly range: readonly [least: number, most: number]
  readonly onChange: (value: string) => void
}

function NumberField({ label, placeholder, value, range: [least, most], onChange }: NumberFieldProps) {
  const number = readNumber(value)
  const isOutside = number !== undefined && !(number >= least && number <= most)
  return (
    <TextInput
      label={label}
      placeholder={placeholder}
      inputMode="decimal"
      value={value}
      error={isOutside ? t('test:form.range', { least, most }) : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  )
}
