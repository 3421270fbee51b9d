import type { ReactNode } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import type { CallReport, MemoryChange, StepEnded } from '../../../protocol/workflow/step-report.ts'
import { rate } from '../../format/numbers.ts'
import { duration } from '../../format/time.ts'
import classes from './StepDetails.module.css'
import { ValueText } from './ValueText.tsx'

/** Changes and calls that are listed; a loop of many steps may have gathered more. */
const LISTED = 64

/** What a step was given, what was asked of the model, and what came of it. */
export function StepDetails({ step }: { readonly step: StepEnded }) {
  const number = step.index + 1
  const inputs = Object.entries(step.inputs)
  const { messages = [], calls = [], changes, output, error } = step
  const tokens = tokenWords(step)
  return (
    <div className={classes.details}>
      {step.clipped === true && <p className={classes.note}>{t('workflow:step.clipped')}</p>}
      {error !== undefined && (
        <Part title={t('workflow:step.error')}>
          <p className={classes.error}>{error}</p>
        </Part>
      )}
      {inputs.length > 0 && (
        <Part title={t('workflow:step.inputs')}>
          {inputs.map(([name, text]) => (
            <Named key={name} name={name}>
              <ValueText text={text} label={t('workflow:step.label.input', { name, step: number })} />
            </Named>
          ))}
        </Part>
      )}
      {messages.length > 0 && (
        <Part title={t('workflow:step.prompt')} aside={tokens}>
          {messages.map((message, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the messages of an ended step never change
            <Named key={at} name={message.role}>
              <ValueText
                text={message.content}
                label={t('workflow:step.label.message', { role: message.role, number: at + 1, step: number })}
              />
            </Named>
          ))}
        </Part>
      )}
      {calls.length > 0 && (
        <Part title={t('workflow:step.calls', { count: calls.length })}>
          {calls.slice(0, LISTED).map((call, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the calls of an ended step never change
            <Call key={at} call={call} number={at + 1} step={number} />
          ))}
          <More total={calls.length} />
        </Part>
      )}
      {output !== undefined && (
        <Part title={t('workflow:step.output')}>
          <ValueText text={output} label={t('workflow:step.label.output', { step: number })} />
        </Part>
      )}
      <Part title={t('workflow:step.memory')}>
        {changes.length === 0 ? (
          <p className={classes.none}>{t('workflow:step.nothingChanged')}</p>
        ) : (
          <ul className={classes.changes}>
            {changes.slice(0, LISTED).map((change, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the changes of an ended step never change
              <Change key={at} change={change} number={at + 1} step={number} />
            ))}
          </ul>
        )}
        <More total={changes.length} />
      </Part>
    </div>
  )
}

function Part({
  title,
  aside,
  children,
}: {
  readonly title: string
  readonly aside?: string | undefined
  readonly children: ReactNode
}) {
  return (
    <section className={classes.part}>
      <h4 className={classes.title}>
        {title}
        {aside !== undefined && <span className={classes.aside}>{aside}</span>}
      </h4>
      {children}
    </section>
  )
}

function Named({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className={classes.named}>
      <span className={classes.name} title={name}>
        {name}
      </span>
      {children}
    </div>
  )
}

interface CallProps {
  readonly call: CallReport
  /** Of the step's calls, from 1. */
  readonly number: number
  readonly step: number
}

function Call({ call, number, step }: CallProps) {
  const { name, answer, error, durationMs } = call
  return (
    <div className={classes.call}>
      <p className={classes.callName}>
        <code>{name}</code>
        <span>
          {answer === undefined && error === undefined
            ? t('workflow:step.notExecuted')
            : duration(durationMs)}
        </span>
      </p>
      <Named name={t('workflow:step.arguments')}>
        <ValueText
          text={JSON.stringify(call.arguments, null, 2)}
          label={t('workflow:step.label.arguments', { number, step })}
        />
      </Named>
      {answer !== undefined && (
        <Named name={t('workflow:step.answer')}>
          <ValueText text={answer} label={t('workflow:step.label.answer', { number, step })} />
        </Named>
      )}
      {error !== undefined && (
        <Named name={t('workflow:step.callError')}>
          <p className={classes.error}>{error}</p>
        </Named>
      )}
    </div>
  )
}

interface ChangeProps {
  readonly change: MemoryChange
  /** Of the step's changes, from 1. */
  readonly number: number
  readonly step: number
}

function Change({ change, number, step }: ChangeProps) {
  return (
    <li className={classes.change}>
      <p className={classes.changeName}>
        {change.type === 'insert' ? (
          t('workflow:step.change.insert', { count: change.chunks })
        ) : (
          <Trans
            i18n={i18n}
            t={t}
            i18nKey={`workflow:step.change.${change.type}`}
            components={{ key: <code>{change.key}</code> }}
          />
        )}
      </p>
      {change.type !== 'pop' && (
        <ValueText text={change.text} label={t('workflow:step.label.change', { number, step })} />
      )}
    </li>
  )
}

function More({ total }: { readonly total: number }) {
  return total <= LISTED ? null : (
    <p className={classes.none}>{t('workflow:step.more', { count: total - LISTED })}</p>
  )
}

function tokenWords({ promptTokens, completionTokens, durationMs }: StepEnded): string | undefined {
  if (promptTokens === undefined && completionTokens === undefined) return undefined
  const made = completionTokens ?? 0
  const tokens = t('workflow:step.tokens', { prompt: promptTokens ?? 0, completion: made })
  return made > 1 && durationMs > 0
    ? t('workflow:step.speed', { tokens, rate: rate((made / durationMs) * 1_000) })
    : tokens
}
