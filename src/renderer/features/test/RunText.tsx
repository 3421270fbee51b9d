import { useEffect, useRef } from 'react'
import classes from './TestOutput.module.css'
import type { TestRunState } from './test-run.ts'

/** The text as it comes; it stays at its end unless one scrolls up to read. */
export function RunText({ run, label }: { readonly run: TestRunState; readonly label: string }) {
  const box = useRef<HTMLPreElement>(null)
  const follows = useRef(true)
  const isRunning = run.phase === 'running'

  // biome-ignore lint/correctness/useExhaustiveDependencies: each new text is a reason to scroll
  useEffect(() => {
    const element = box.current
    if (element !== null && follows.current && isRunning) element.scrollTop = element.scrollHeight
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
