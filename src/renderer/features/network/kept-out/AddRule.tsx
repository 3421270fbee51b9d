import { Button, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { PeerVerdict } from '../../../../protocol/peer-views.ts'
import { readFailure } from '../../../api/failure.ts'
import { Segmented } from '../../../components/Segmented.tsx'
import { verdictWords } from '../peers/peer-words.ts'
import classes from './KeptOutTab.module.css'
import { useSetRule } from './use-rules.ts'

type Rule = Exclude<PeerVerdict, 'neither'>

const options = (['denied', 'allowed'] as const).map((value) => ({ value, label: verdictWords[value].label }))

/** Makes a rule for a peer, a computer's address, or a network's. */
export function AddRule() {
  const [subject, setSubject] = useState('')
  const [verdict, setVerdict] = useState<Rule>('denied')
  const [problem, setProblem] = useState<string>()
  const set = useSetRule({
    onDone: () => setSubject(''),
    onProblem: (error) => {
      const { message, issues } = readFailure(error)
      setProblem(issues[0] === undefined ? message : `Expected ${issues[0].expected}`)
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
      <Segmented label="Rule" value={verdict} options={options} onChange={setVerdict} />
      <TextInput
        aria-label="Peer id, address or network"
        placeholder="Peer id, IP address, network"
        className={classes.subject}
        value={subject}
        error={problem}
        onChange={(event) => {
          setProblem(undefined)
          setSubject(event.currentTarget.value)
        }}
      />
      <Button type="submit" loading={set.isPending} disabled={subject.trim() === ''}>
        Add rule
      </Button>
    </form>
  )
}
