import { t } from '../../locales/translate.ts'
import classes from './CodeBlock.module.css'
import { CopyButton } from './CopyButton.tsx'

export interface CodeBlockProps {
  readonly text: string
  /** What it is, for the copy button and screen readers: `workflow`. */
  readonly label: string
  readonly wrap?: boolean
}

/** Text as it is, in mono, with a button that copies it. */
export function CodeBlock({ text, label, wrap = false }: CodeBlockProps) {
  return (
    <div className={classes.block}>
      <pre
        className={classes.text}
        data-wrap={wrap || undefined}
        {...{ role: 'region', 'aria-label': label, tabIndex: 0 }}
      >
        {text}
      </pre>
      <div className={classes.copy}>
        <CopyButton text={text} label={t('components:copy', { what: label })} />
      </div>
    </div>
  )
}
