import { t } from '../../../../locales/translate.ts'
import type { MisdeedView } from '../../../../protocol/peer-views.ts'
import { RelativeTime } from '../../../components/RelativeTime.tsx'
import classes from './Misdeeds.module.css'
import { misdeedWords } from './misdeed-words.ts'

/** What one peer did wrong, newest first. */
export function Misdeeds({ misdeeds }: { readonly misdeeds: readonly MisdeedView[] }) {
  return (
    <ol className={classes.list} aria-label={t('network:misdeeds.list')}>
      {misdeeds.map(({ atMs, misdeed, detail, times }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two of one kind may have been at the same time
        <li key={`${atMs} ${misdeed} ${index}`}>
          <p>
            {times > 1
              ? t('network:misdeeds.often', { misdeed: misdeedWords(misdeed), times })
              : misdeedWords(misdeed)}
          </p>
          <RelativeTime atMs={atMs} />
          <p className={classes.detail}>{detail}</p>
        </li>
      ))}
    </ol>
  )
}
