import { ActionIcon, Tooltip } from '@mantine/core'
import { IconCheck, IconEyeOff, IconFlag, IconRestore } from '@tabler/icons-react'
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
  /** What a flag says of it in this run. */
  readonly overriddenBy?: string | undefined
  /** Sets it back to its default; absent where it is there. */
  readonly onReset?: (() => void) | undefined
  /** Something is typed into the control. */
  readonly onEdit: () => void
  readonly children: ReactNode
}

/** One setting: its name, what it does, its control, and whether it was taken. */
export function SettingRow(props: SettingRowProps) {
  const { id, title, explanation, atJoin = false, wide = false, signal } = props
  const { state, overriddenBy, onReset, onEdit, children } = props
  const status = useNodeStatus()
  const isOffline = status?.phase === 'offline'
  const isBlind = signal !== undefined && (status?.guest.unknown.includes(signal) ?? false)
  return (
    <div className={classes.row} data-wide={wide || undefined}>
      <div>
        <div className={classes.name}>
          <label htmlFor={id} className={classes.title}>
            {title}
          </label>
          {onReset !== undefined && (
            <Tooltip label={t('settings:reset.hint')}>
              <ActionIcon size={20} aria-label={t('settings:reset.one', { title })} onClick={onReset}>
                <IconRestore aria-hidden size={13} />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
        <p className={classes.explanation}>
          {explanation}
          {atJoin && !isOffline && ` ${t('settings:atJoin')}`}
        </p>
        {isBlind && (
          <p className={classes.blind}>
            <IconEyeOff aria-hidden size={13} stroke={2.2} />
            {t('settings:cannotKnow', { what: signalWords(signal) })}
          </p>
        )}
        {overriddenBy !== undefined && (
          <p className={classes.blind}>
            <IconFlag aria-hidden size={13} stroke={2.2} />
            {t('settings:overridden', { flag: overriddenBy })}
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
