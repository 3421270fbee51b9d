import { Button } from '@mantine/core'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { CopyButton } from '../CopyButton.tsx'
import { shortened } from './shortened.ts'
import classes from './ValueText.module.css'

export interface ValueTextProps {
  readonly text: string
  /** What it is, for the copy button and screen readers: `output of step 3`. */
  readonly label: string
}

/** A text that a run read or made, as it is: long ones are shortened until one asks for all of it. */
export function ValueText({ text, label }: ValueTextProps) {
  const [isWhole, setWhole] = useState(false)
  const short = shortened(text)
  const isLong = short.length < text.length
  return (
    <div className={classes.value}>
      {text === '' ? (
        <span className={classes.empty}>{t('workflow:value.empty')}</span>
      ) : (
        <pre
          className={classes.text}
          // What may scroll must be reachable by keyboard.
          {...{ role: 'group', 'aria-label': label, ...(isWhole && { tabIndex: 0 }) }}
        >
          {isWhole || !isLong ? text : `${short}…`}
        </pre>
      )}
      {text !== '' && (
        <div className={classes.copy}>
          <CopyButton text={text} label={t('components:copy', { what: label })} />
        </div>
      )}
      {isLong && (
        <Button
          className={classes.more}
          variant="subtle"
          color="gray"
          size="compact-xs"
          aria-expanded={isWhole}
          onClick={() => setWhole(!isWhole)}
        >
          {isWhole ? t('workflow:value.less') : t('workflow:value.all', { count: text.length })}
        </Button>
      )}
    </div>
  )
}
