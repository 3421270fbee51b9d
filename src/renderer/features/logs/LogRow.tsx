import { memo } from 'react'
import { t } from '../../../locales/translate.ts'
import type { LogLineView } from '../../../protocol/views.ts'
import { clockWithMs, fullTime } from '../../format/time.ts'
import classes from './LogList.module.css'
import { fieldsText, type LogSearch, splitMatches } from './log-filter.ts'

export interface LogRowProps {
  readonly line: LogLineView
  readonly search: LogSearch
  readonly isOpen: boolean
  readonly onToggle: () => void
}

/** One line; a click opens its fields. */
export const LogRow = memo(
  function LogRow({ line, search, isOpen, onToggle }: LogRowProps) {
    const fields = fieldsText(line)
    return (
      <div className={classes.line} data-level={line.level} data-open={isOpen || undefined}>
        <button type="button" className={classes.summary} aria-expanded={isOpen} onClick={onToggle}>
          <time title={fullTime(line.atMs)}>{clockWithMs(line.atMs)}</time>
          <span className={classes.level}>{t(`logs:levelName.${line.level}`)}</span>
          <span className={classes.scope}>
            <Marked text={line.scope} search={search} />
          </span>
          <span className={classes.message}>
            <Marked text={line.message} search={search} />
            {!isOpen && fields !== '' && (
              <span className={classes.fields}>
                {' '}
                <Marked text={fields} search={search} />
              </span>
            )}
          </span>
        </button>
        {isOpen && (
          <pre className={classes.detail}>
            {line.fields === undefined ? t('logs:noFields') : JSON.stringify(line.fields, null, 2)}
          </pre>
        )}
      </div>
    )
  },
  (before, after) =>
    before.line === after.line && before.search === after.search && before.isOpen === after.isOpen,
)

function Marked({ text, search }: { readonly text: string; readonly search: LogSearch }) {
  if (search.kind !== 'matching') return text
  let at = 0
  return splitMatches(text, search).map((piece) => {
    const key = at
    at += piece.text.length
    return piece.match ? <mark key={key}>{piece.text}</mark> : <span key={key}>{piece.text}</span>
  })
}
