import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import { readFailure } from '../../../api/failure.ts'
import { Segmented } from '../../../components/Segmented.tsx'
import { verdictOption } from '../peers/peer-words.ts'
import classes from './KeptOutTab.module.css'
import { useSetRule } from './use-rules.ts'

const verdicts = ['denied', 'allowed'] as const

/** Makes a rule for a peer, a computer's address, or a network's. */
export function AddRule() {
  const [subject, setSubject] = useState('')
  const [verdict, setVerdict] = useState<(typeof verdicts)[number]>('denied')
  const [problem, setProblem] = useState<string>()
  const set = useSetRule({
    onDone: () => setSubject(''),
    onProblem: (error) => {
      const { message, issues } = readFailure(error)
      setProblem(issues[0] === undefined ? message : t('network:add.expected', { what: issues[0].expected }))
    },
  })
  return (
    <form
      className={classes.add}
      onSubmit={(event) => {
        event.preventDefault()
        setProblem(undefined)
        set.mutate({ subject: subject.trim(), verdict })
      }}
    >
      <Segmented
        label={t('network:rules.rule')}
        value={verdict}
        options={verdicts.map(verdictOption)}
        onChange={setVerdict}
      />
      <TextInput
        aria-label={t('network:rules.subject')}
        placeholder={t('network:rules.subjectHint')}
        className={classes.subject}
        value={subject}
        error={problem}
        onChange={(event) => {
          setProblem(undefined)
          setSubject(event.currentTarget.value)
        }}
      />
      <Button type="submit" loading={set.isPending} disabled={subject.trim() === ''}>
        {t('network:rules.add')}
      </Button>
    </form>
  )
}
