import { Button, Group, Menu, Modal, TextInput } from '@mantine/core'
import { IconChevronDown } from '@tabler/icons-react'
import { useState } from 'react'
import { timeToCome } from '../../locales/words/pause-words.ts'
import { nextTimeOfDay, parseTimeOfDay, tomorrowMorning } from '../../protocol/guest/pause-times.ts'

const HOUR_MS = 3_600_000

export interface PauseMenuProps {
  readonly loading: boolean
  /** Until a unix time, or until resumed. */
  readonly onPause: (untilMs?: number) => void
}

/** The button that pauses, with how long it is to last. */
export function PauseMenu({ loading, onPause }: PauseMenuProps) {
  const [asking, setAsking] = useState(false)
  return (
    <>
      <Menu position="bottom-start" width={190}>
        <Menu.Target>
          <Button
            variant="default"
            loading={loading}
            rightSection={<IconChevronDown aria-hidden size={14} />}
          >
            Pause
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onPause()}>Until I resume</Menu.Item>
          <Menu.Item onClick={() => onPause(Date.now() + HOUR_MS)}>For an hour</Menu.Item>
          <Menu.Item onClick={() => onPause(tomorrowMorning(Date.now()))}>Until tomorrow</Menu.Item>
          <Menu.Item onClick={() => setAsking(true)}>Until a time…</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Pause until" size={320}>
        <TimeForm
          onCancel={() => setAsking(false)}
          onTime={(untilMs) => {
            setAsking(false)
            onPause(untilMs)
          }}
        />
      </Modal>
    </>
  )
}

function TimeForm(props: { readonly onTime: (untilMs: number) => void; readonly onCancel: () => void }) {
  const [text, setText] = useState('18:00')
  const time = parseTimeOfDay(text)
  const now = Date.now()
  const untilMs = time === undefined ? undefined : nextTimeOfDay(now, time.hour, time.minute)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (time !== undefined) props.onTime(nextTimeOfDay(Date.now(), time.hour, time.minute))
      }}
    >
      <TextInput
        label="Time"
        value={text}
        data-autofocus
        description={untilMs === undefined ? undefined : `It goes on ${dayOf(untilMs, now)}.`}
        error={untilMs === undefined ? 'A time such as 18:00' : undefined}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group justify="flex-end" mt="lg" gap="xs">
        <Button variant="subtle" color="gray" onClick={props.onCancel}>
          Cancel
        </Button>
        <Button type="submit" variant="filled" disabled={time === undefined}>
          Pause
        </Button>
      </Group>
    </form>
  )
}

function dayOf(atMs: number, nowMs: number): string {
  const isToday = new Date(atMs).getDate() === new Date(nowMs).getDate()
  return `${isToday ? 'today' : 'tomorrow'} at ${timeToCome(atMs, atMs)}`
}
