import { IconHistory } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { t } from '../../../locales/translate.ts'
import type { LedgerGapView } from '../../../protocol/earnings-views.ts'
import { useTRPC } from '../../api/client.ts'
import { Banner, BannerList, BannerNote } from '../../components/Banner.tsx'
import { fullTime } from '../../format/time.ts'

/** Entries that a damaged database took with it. Nothing where all are there. */
export function LedgerGaps() {
  const gaps: readonly LedgerGapView[] = useQuery(useTRPC().earnings.gaps.queryOptions()).data ?? []
  if (gaps.length === 0) return null
  const count = gaps.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  return (
    <Banner
      tone="waiting"
      label={t('earnings:gaps.label')}
      icon={IconHistory}
      title={t('earnings:gaps.title', { count })}
    >
      <BannerList lines={gaps.map(gapWords)} />
      <BannerNote>{t('earnings:gaps.meaning')}</BannerNote>
    </Banner>
  )
}

function gapWords({ from, to, notedAtMs }: LedgerGapView): string {
  const time = fullTime(notedAtMs)
  return from === to
    ? t('earnings:gaps.entry', { from, time })
    : t('earnings:gaps.entries', { from, to, time })
}
