import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import { useTRPC } from '../../api/client.ts'
import classes from './KeyStep.module.css'
import { keyFailureWords, Passphrase } from './Passphrase.tsx'

/** Takes the key of a backup in the place of the one that was made here; the program restarts with it. */
export function Restore({ onInstead }: { readonly onInstead: () => void }) {
  const [passphrase, setPassphrase] = useState('')
  const restore = useMutation(useTRPC().firstRun.restore.mutationOptions())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    restore.mutate({ passphrase })
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <div>
        <h3 className={classes.subtitle}>{t('setup:key.restore.title')}</h3>
        <p className={classes.text}>{t('setup:key.restore.lead')}</p>
      </div>
      <Passphrase
        label={t('setup:key.restore.passphrase')}
        value={passphrase}
        onChange={(value) => {
          setPassphrase(value)
          restore.reset()
        }}
        error={restore.error === null ? undefined : keyFailureWords(restore.error)}
      />
      <p role="status" className={classes.said}>
        {restore.data === 'already' ? t('setup:key.restore.already') : ''}
      </p>
      <div className={classes.buttons}>
        <Button
          type="submit"
          size="sm"
          variant="filled"
          loading={restore.isPending || restore.data === 'restarting'}
          disabled={passphrase === ''}
        >
          {t('setup:key.restore.choose')}
        </Button>
        <Button size="sm" variant="subtle" color="gray" onClick={onInstead}>
          {t('setup:key.restore.instead')}
        </Button>
      </div>
    </form>
  )
}
