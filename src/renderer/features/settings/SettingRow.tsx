import { IconCheck } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { useNodeStatus } from '../../app/use-node.ts'
import classes from './SettingRow.module.css'
import type { SaveState } from './use-save-setting.ts'

export interface SettingRowProps {
  readonly id: string
  readonly title: string
  readonly explanation: string
  readonly atJoin?: boolean
  readonly state: SaveState
  readonly children: ReactNode
}

/** One setting: its name, what it does, its control, and whether it was taken. */
export function SettingRow({ id, title, explanation, atJoin = false, state, children }: SettingRowProps) {
  const isOffline = useNodeStatus()?.phase === 'offline'
  return (
    <div className={classes.row}>
      <div>
        <label htmlFor={id} className={classes.title}>
          {title}
        </label>
        <p className={classes.explanation}>
          {explanation}
          {atJoin && !isOffline && ' Taken up the next time you join.'}
        </p>
        <p className={classes.state} data-kind={state.kind} role="status">
          {state.kind === 'saved' && (
            <>
              <IconCheck aria-hidden size={13} stroke={2.2} /> Saved
            </>
          )}
          {state.kind === 'refused' && state.message}
        </p>
      </div>
      <div className={classes.control}>{children}</div>
    </div>
  )
}
