import { useEffect, useRef } from 'react'
import classes from './TestOutput.module.css'
import type { TestRunState } from './test-run.ts'

/** The text as it comes; it stays at its end unless one scrolls up to read. */
export function RunText({ run, label }: { readonly run: TestRunState; readonly label: string }) {
  const box = useRef<HTMLPreElement>(null)
  const follows = useRef(true)
  const wasRunning = useRef(false)
  const isRunning = run.phase === 'running'

  // biome-ignore lint/correctness/useExhaustiveDependencies: each new text is a reason to scroll
  useEffect(() => {
    const element = box.current
    // Its end comes with the last of its text; one that had ended before is read from its beginning.
    if (element !== null && follows.current && (isRunning || wasRunning.current))
      element.scrollTop = element.scrollHeight
    wasRunning.current = isRunning
  }, [run.text, isRunning])

  return (
    <pre
      ref={box}
      className={classes.text}
      {...{ role: 'group', 'aria-label': label, 'aria-busy': isRunning, tabIndex: 0 }}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < 24
      }}
    >
      {run.text}
      {isRunning && <i aria-hidden className={classes.caret} />}
    </pre>
  )
}
