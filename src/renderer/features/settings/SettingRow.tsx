import { IconCheck, IconEyeOff } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { t } from '../../../locales/translate.ts'
import { signalWords } from '../../../locales/words/pause-words.ts'
import type { GuestSignal } from '../../../protocol/guest/pause-views.ts'
import { useNodeStatus } from '../../app/use-node.ts'
import classes from './SettingRow.module.css'
import type { SaveState } from './use-save-setting.ts'

export interface SettingRowProps {
  readonly id: string
  readonly title: string
  readonly explanation: string
  readonly atJoin?: boolean | undefined
  readonly wide?: boolean | undefined
  readonly signal?: GuestSignal | undefined
  readonly state: SaveState
  /** Something is typed into the control. */
  readonly onEdit: () => void
  readonly children: ReactNode
}

/** One setting: its name, what it does, its control, and whether it was taken. */
export function SettingRow(props: SettingRowProps) {
  const { id, title, explanation, atJoin = false, wide = false, signal, state, onEdit, children } = props
  const status = useNodeStatus()
  const isOffline = status?.phase === 'offline'
  const isBlind = signal !== undefined && (status?.guest.unknown.includes(signal) ?? false)
  return (
    <div className={classes.row} data-wide={wide || undefined}>
      <div>
        <label htmlFor={id} className={classes.title}>
          {title}
        </label>
        <p className={classes.explanation}>
          {explanation}
          {atJoin && !isOffline && ' Taken up the next time you join.'}
        </p>
        {isBlind && (
          <p className={classes.blind}>
            <IconEyeOff aria-hidden size={13} stroke={2.2} />
            {signalWords(signal)} cannot be found out here, so this has no effect.
          </p>
        )}
        <p className={classes.state} data-kind={state.kind} role="status">
          {state.kind === 'saved' && (
            <>
              <IconCheck aria-hidden size={13} stroke={2.2} /> {t('common:saved')}
            </>
          )}
          {state.kind === 'refused' && state.message}
        </p>
      </div>
      <div className={classes.control} onInput={onEdit}>
        {children}
      </div>
    </div>
  )
}
