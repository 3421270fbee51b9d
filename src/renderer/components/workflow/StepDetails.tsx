import type { ReactNode } from 'react'
import type { CallReport, MemoryChange, StepEnded } from '../../../protocol/workflow/step-report.ts'
import { count, plural, rate } from '../../format/numbers.ts'
import { duration } from '../../format/time.ts'
import classes from './StepDetails.module.css'
import { ValueText } from './ValueText.tsx'

/** Changes and calls that are listed; a loop of many steps may have gathered more. */
const LISTED = 64

/** What a step was given, what was asked of the model, and what came of it. */
export function StepDetails({ step }: { readonly step: StepEnded }) {
  const of = `of step ${step.index + 1}`
  const inputs = Object.entries(step.inputs)
  const { messages = [], calls = [], changes, output, error } = step
  const tokens = tokenWords(step)
  return (
    <div className={classes.details}>
      {step.clipped === true && (
        <p className={classes.note}>Shortened: long texts end in “…”, and long lists may lack entries.</p>
      )}
      {error !== undefined && (
        <Part title="Error">
          <p className={classes.error}>{error}</p>
        </Part>
      )}
      {inputs.length > 0 && (
        <Part title="Inputs">
          {inputs.map(([name, text]) => (
            <Named key={name} name={name}>
              <ValueText text={text} label={`input ${name} ${of}`} />
            </Named>
          ))}
        </Part>
      )}
      {messages.length > 0 && (
        <Part title="Prompt, as the model got it" aside={tokens}>
          {messages.map((message, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the messages of an ended step never change
            <Named key={at} name={message.role}>
              <ValueText text={message.content} label={`${message.role} message ${at + 1} ${of}`} />
            </Named>
          ))}
        </Part>
      )}
      {calls.length > 0 && (
        <Part title={calls.length === 1 ? 'Call' : plural(calls.length, 'call')}>
          {calls.slice(0, LISTED).map((call, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the calls of an ended step never change
            <Call key={at} call={call} label={`call ${at + 1} ${of}`} />
          ))}
          <More total={calls.length} />
        </Part>
      )}
      {output !== undefined && (
        <Part title="Output">
          <ValueText text={output} label={`output ${of}`} />
        </Part>
      )}
      <Part title="Memory">
        {changes.length === 0 ? (
          <p className={classes.none}>Nothing changed.</p>
        ) : (
          <ul className={classes.changes}>
            {changes.slice(0, LISTED).map((change, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the changes of an ended step never change
              <Change key={at} change={change} label={`change ${at + 1} ${of}`} />
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

function Call({ call, label }: { readonly call: CallReport; readonly label: string }) {
  const { name, answer, error, durationMs } = call
  return (
    <div className={classes.call}>
      <p className={classes.callName}>
        <code>{name}</code>
        <span>{answer === undefined && error === undefined ? 'not executed' : duration(durationMs)}</span>
      </p>
      <Named name="arguments">
        <ValueText text={JSON.stringify(call.arguments, null, 2)} label={`arguments of ${label}`} />
      </Named>
      {answer !== undefined && (
        <Named name="answer">
          <ValueText text={answer} label={`answer of ${label}`} />
        </Named>
      )}
      {error !== undefined && (
        <Named name="error">
          <p className={classes.error}>{error}</p>
        </Named>
      )}
    </div>
  )
}

function Change({ change, label }: { readonly change: MemoryChange; readonly label: string }) {
  return (
    <li className={classes.change}>
      <p className={classes.changeName}>
        {changeWords(change)} {'key' in change && <code>{change.key}</code>}
        {change.type === 'insert' && ` (${plural(change.chunks, 'chunk')})`}
      </p>
      {change.type !== 'pop' && <ValueText text={change.text} label={label} />}
    </li>
  )
}

function changeWords({ type }: MemoryChange): string {
  if (type === 'write') return 'Wrote'
  if (type === 'push') return 'Pushed onto'
  return type === 'pop' ? 'Took the newest item of' : 'Put a text into the files'
}

function More({ total }: { readonly total: number }) {
  return total <= LISTED ? null : <p className={classes.none}>And {count(total - LISTED)} more.</p>
}

function tokenWords({ promptTokens, completionTokens, durationMs }: StepEnded): string | undefined {
  if (promptTokens === undefined && completionTokens === undefined) return undefined
  const made = completionTokens ?? 0
  const speed = made > 1 && durationMs > 0 ? ` · ${rate((made / durationMs) * 1_000)} tokens/s` : ''
  return `${count(promptTokens ?? 0)} prompt + ${count(made)} completion tokens${speed}`
}
