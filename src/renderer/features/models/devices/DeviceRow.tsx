import { Switch } from '@mantine/core'
import { IconCpu, IconCpu2, IconPlugConnectedX } from '@tabler/icons-react'
import { t } from '../../../../locales/translate.ts'
import { ignoredWords } from '../../../../locales/words/device-words.ts'
import type { DevicesView, DeviceView } from '../../../../protocol/device-views.ts'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { bytes } from '../../../format/numbers.ts'
import classes from './DevicesTab.module.css'
import { switchedChoice } from './device-choice.ts'
import { deviceFacts, deviceWords } from './device-words.ts'
import type { DeviceActions } from './use-device-actions.ts'

export interface DeviceRowProps {
  readonly device: DeviceView
  readonly view: DevicesView
  readonly actions: DeviceActions
}

export function DeviceRow({ device, view, actions }: DeviceRowProps) {
  const { id, name, backend, chosen, ignoredBecause, fault } = device
  const { label, tone } = deviceWords(device, view)
  const Icon = backend === 'cpu' ? IconCpu : IconCpu2
  const on = view.choice === 'auto' ? chosen : view.choice.includes(id)
  return (
    <li className={classes.device}>
      <Icon aria-hidden size={22} stroke={1.5} />
      <div className={classes.names}>
        <p className={classes.name}>
          <span title={name}>{name}</span>
          <ToneBadge tone={tone}>{label}</ToneBadge>
        </p>
        <p className={classes.facts}>
          <code>{id}</code> {deviceFacts(device)}
        </p>
        {ignoredBecause !== undefined && (
          <p className={classes.reason} title={fault}>
            {ignoredWords(ignoredBecause)}
          </p>
        )}
      </div>
      <Memory device={device} />
      <Switch
        aria-label={t('models-devices:row.use', { name, id })}
        checked={on}
        disabled={actions.choosing}
        onChange={(event) =>
          actions.choose({ devices: switchedChoice(view, id, event.currentTarget.checked) })
        }
      />
    </li>
  )
}

function Memory({ device: { totalBytes, freeBytes } }: { readonly device: DeviceView }) {
  const used = Math.max(0, totalBytes - freeBytes)
  const share = totalBytes > 0 ? Math.min(100, (used / totalBytes) * 100) : 0
  return (
    <div className={classes.memory}>
      <div className={classes.bar} aria-hidden>
        <i style={{ width: `${share}%` }} />
      </div>
      <p title={t('models-devices:row.whenLookedAt')}>
        {t('models-devices:row.freeOf', { free: bytes(freeBytes), total: bytes(totalBytes) })}
      </p>
    </div>
  )
}

/** One that was chosen and is not there: it can still be given up. */
export function MissingRow({ id, view, actions }: Omit<DeviceRowProps, 'device'> & { readonly id: string }) {
  return (
    <li className={classes.device}>
      <IconPlugConnectedX aria-hidden size={22} stroke={1.5} />
      <div className={classes.names}>
        <p className={classes.name}>
          <span>{id}</span>
          <ToneBadge tone="attention">{t('models-devices:state.notThere')}</ToneBadge>
        </p>
        <p className={classes.facts}>{t('models-devices:row.missing')}</p>
      </div>
      <span />
      <Switch
        aria-label={t('models-devices:row.useMissing', { id })}
        checked
        disabled={actions.choosing}
        onChange={() => actions.choose({ devices: switchedChoice(view, id, false) })}
      />
    </li>
  )
}
