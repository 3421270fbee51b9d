import type { MisdeedView } from '../../../../protocol/peer-views.ts'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import { count } from '../../../format/numbers.ts'
import classes from './Misdeeds.module.css'
import { misdeedWords } from './misdeed-words.ts'

/** What one peer did wrong, newest first. */
export function Misdeeds({ misdeeds }: { readonly misdeeds: readonly MisdeedView[] }) {
  return (
    <ol className={classes.list} aria-label="Misdeeds">
      {misdeeds.map(({ atMs, misdeed, detail, times }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two of one kind may have been at the same time
        <li key={`${atMs} ${misdeed} ${index}`}>
          <p>
            {misdeedWords(misdeed)}
            {times > 1 && `, ${count(times)} times`}
          </p>
          <RelativeTime atMs={atMs} />
          <p className={classes.detail}>{detail}</p>
        </li>
      ))}
    </ol>
  )
}
