import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { Segmented } from '../../components/Segmented.tsx'
import { DraftInput } from './DraftInput.tsx'
import classes from './ProxyInput.module.css'

const ways = ['system', 'none', 'own'] as const
type Way = (typeof ways)[number]

export interface ProxyInputProps {
  readonly id: string
  /** `system`, `none`, or an address. */
  readonly value: string
  readonly onSave: (value: string) => void
}

export function ProxyInput({ id, value, onSave }: ProxyInputProps) {
  const saved: Way = value === 'system' || value === 'none' ? value : 'own'
  // Chosen, but without an address so far: nothing to save yet.
  const [asking, setAsking] = useState(false)
  const way = asking ? 'own' : saved
  return (
    <div className={classes.proxy}>
      <Segmented
        label={t('settings:row.proxy.title')}
        value={way}
        options={ways.map((value) => ({ value, label: t(`settings:row.proxy.${value}`) }))}
        onChange={(chosen) => {
          setAsking(chosen === 'own')
          if (chosen !== 'own') onSave(chosen)
        }}
      />
      {way === 'own' && (
        <DraftInput
          id={id}
          label={t('settings:row.proxy.address')}
          width={240}
          placeholder="http://host:port"
          value={saved === 'own' ? value : ''}
          check={proxyProblem}
          onSave={(text) => {
            setAsking(false)
            onSave(text.trim())
          }}
        />
      )}
    </div>
  )
}

function proxyProblem(text: string): string | undefined {
  if (text.trim() === '') return undefined
  const { protocol } = URL.canParse(text.trim()) ? new URL(text.trim()) : { protocol: '' }
  return protocol === 'https:' || protocol === 'http:' ? undefined : t('settings:row.proxy.problem')
}
