import { Button } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Trans } from 'react-i18next'
import { i18n, t } from '../../../locales/translate.ts'
import type { BackupView } from '../../../protocol/first-run-views.ts'
import { useTRPC } from '../../api/client.ts'
import { FilePath, useShortPath } from '../../components/FilePath.tsx'
import { Identifier } from '../../components/Identifier.tsx'
import classes from './KeyStep.module.css'
import { keyFailureWords, Passphrase } from './Passphrase.tsx'
import { Restore } from './Restore.tsx'
import { NextButton, StepFrame } from './StepFrame.tsx'
import type { StepProps } from './step-props.ts'
import { TaskSign } from './TaskSign.tsx'

/** As the core asks for; it checks that, too. */
const PASSPHRASE_LEAST = 10

/** The backup of the key: written, opened again as on a new computer, and only then called one. */
export function KeyStep({ status, view: { backup }, onBack, onNext }: StepProps) {
  const [again, setAgain] = useState(false)
  const [restoring, setRestoring] = useState(false)
  const state = again ? 'none' : backup.state
  return (
    <StepFrame
      title={t('setup:key.title')}
      lead={t('setup:key.lead')}
      onBack={onBack}
      instead={
        backup.state !== 'done' && (
          <Button size="sm" variant="subtle" color="gray" onClick={onNext}>
            {t('setup:key.skip')}
          </Button>
        )
      }
      next={backup.state === 'done' && <NextButton onClick={onNext} />}
    >
      <div className={classes.card}>
        <div className={classes.node}>
          <span>{t('setup:key.node')}</span>
          <Identifier value={status.peerId} label={t('setup:key.nodeId')} />
        </div>
        {state === 'done' ? (
          <Done backup={backup} onAnother={() => setAgain(true)} />
        ) : (
          <div className={classes.sides}>
            {restoring ? (
              <Restore onInstead={() => setRestoring(false)} />
            ) : state === 'none' ? (
              <Save onSaved={() => setAgain(false)} onRestore={() => setRestoring(true)} />
            ) : (
              <Rehearse backup={backup} onAnother={() => setAgain(true)} />
            )}
            {!restoring && <Stages at={state} />}
          </div>
        )}
      </div>
    </StepFrame>
  )
}

const stages = ['none', 'unverified', 'done'] as const

/** What is going to happen, and how far it is. */
function Stages({ at }: { readonly at: BackupView['state'] }) {
  const now = stages.indexOf(at)
  return (
    <ol className={classes.stages} aria-label={t('setup:key.stages')}>
      {stages.map((stage, index) => (
        <li key={stage} aria-current={stage === at ? 'true' : undefined}>
          <TaskSign state={index < now ? 'done' : 'open'} />
          {t(`setup:key.stage.${stage}`)}
        </li>
      ))}
    </ol>
  )
}

interface SaveProps {
  readonly onSaved: () => void
  readonly onRestore: () => void
}

function Save({ onSaved, onRestore }: SaveProps) {
  const [passphrase, setPassphrase] = useState('')
  const [short, setShort] = useState(false)
  const backUp = useMutation(
    useTRPC().firstRun.backUp.mutationOptions({
      onSuccess: (saved) => {
        if (saved) onSaved()
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const tooShort = [...passphrase.normalize('NFKC')].length < PASSPHRASE_LEAST
    setShort(tooShort)
    if (!tooShort) backUp.mutate({ passphrase })
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <Passphrase
        label={t('setup:key.passphrase')}
        description={t('setup:key.hint', { least: PASSPHRASE_LEAST })}
        value={passphrase}
        onChange={(value) => {
          setPassphrase(value)
          setShort(false)
        }}
        error={
          short
            ? t('setup:key.error.short', { least: PASSPHRASE_LEAST })
            : backUp.error === null
              ? undefined
              : keyFailureWords(backUp.error)
        }
      />
      <div className={classes.buttons}>
        <Button type="submit" size="sm" variant="filled" loading={backUp.isPending}>
          {t('setup:key.save')}
        </Button>
        <Button size="sm" variant="subtle" color="gray" onClick={onRestore}>
          {t('setup:key.restore.offer')}
        </Button>
      </div>
    </form>
  )
}

function Rehearse({ backup, onAnother }: { readonly backup: BackupView; readonly onAnother: () => void }) {
  const short = useShortPath()
  const [passphrase, setPassphrase] = useState('')
  const check = useMutation(useTRPC().firstRun.checkBackup.mutationOptions())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    check.mutate({ passphrase })
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <div>
        <p role="status" className={classes.path}>
          {t('setup:key.savedAs', { path: short(backup.path ?? '') })}
        </p>
        <h3 className={classes.subtitle}>{t('setup:key.rehearse.title')}</h3>
        <p className={classes.text}>{t('setup:key.rehearse.lead')}</p>
      </div>
      <Passphrase
        label={t('setup:key.again')}
        value={passphrase}
        onChange={(value) => {
          setPassphrase(value)
          check.reset()
        }}
        error={check.error === null ? undefined : keyFailureWords(check.error)}
      />
      <div className={classes.buttons}>
        <Button
          type="submit"
          size="sm"
          variant="filled"
          loading={check.isPending}
          disabled={passphrase === ''}
        >
          {t('setup:key.check')}
        </Button>
        <Button size="sm" variant="subtle" color="gray" onClick={onAnother}>
          {t('setup:key.another')}
        </Button>
      </div>
    </form>
  )
}

function Done({ backup, onAnother }: { readonly backup: BackupView; readonly onAnother: () => void }) {
  return (
    <div className={classes.done}>
      <IconShieldCheck aria-hidden size={30} stroke={1.5} />
      <div role="status">
        <h3 className={classes.subtitle}>{t('setup:key.done.title')}</h3>
        <p>{t('setup:key.done.text')}</p>
        <p className={classes.path}>{backup.path !== undefined && <FilePath path={backup.path} />}</p>
        <p className={classes.text}>
          <Trans i18n={i18n} t={t} i18nKey="setup:key.done.keep" components={{ code: <code /> }} />
        </p>
      </div>
      <Button size="sm" variant="subtle" color="gray" onClick={onAnother}>
        {t('setup:key.another')}
      </Button>
    </div>
  )
}
