import { Button } from '@mantine/core'
import { IconArrowDown, IconTerminal2 } from '@tabler/icons-react'
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { LogLineView } from '../../../protocol/views.ts'
import { EmptyState } from '../../components/EmptyState.tsx'
import classes from './LogList.module.css'
import { LogRow } from './LogRow.tsx'
import type { LogSearch } from './log-filter.ts'

export interface LogListProps {
  readonly lines: readonly LogLineView[]
  readonly search: LogSearch
  readonly isFiltered: boolean
}

const ROW_HEIGHT = 24
/** Nearer to the end than this counts as being there. */
const END_SLACK_PX = 32

/** The lines, newest last. It follows them while it stands at the end; scrolling up holds it where it is. */
export function LogList({ lines, search, isFiltered }: LogListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [follows, setFollows] = useState(true)
  const [openSeq, setOpenSeq] = useState<number>()
  const [seenSeq, setSeenSeq] = useState(0)
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => lines[index]?.seq ?? index,
    overscan: 20,
  })
  const newestSeq = lines.at(-1)?.seq ?? 0

  useEffect(() => {
    if (!follows || lines.length === 0) return
    virtual.scrollToIndex(lines.length - 1, { align: 'end' })
    setSeenSeq(newestSeq)
  }, [follows, lines.length, newestSeq, virtual])

  const onScroll = () => {
    const element = scroller.current
    if (element === null) return
    setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < END_SLACK_PX)
  }
  const missed = follows ? 0 : lines.length - (lines.findLastIndex((line) => line.seq <= seenSeq) + 1)

  return (
    <div className={classes.frame}>
      <div
        ref={scroller}
        className={classes.scroller}
        role="log"
        aria-label={t('logs:list')}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        onScroll={onScroll}
      >
        {lines.length === 0 ? (
          <EmptyState icon={IconTerminal2} title={t(isFiltered ? 'logs:noMatch' : 'logs:empty')}>
            {t(isFiltered ? 'logs:noMatchHint' : 'logs:emptyHint')}
          </EmptyState>
        ) : (
          <div className={classes.body} style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const line = lines[item.index]
              if (line === undefined) return null
              return (
                <div
                  key={item.key}
                  ref={virtual.measureElement}
                  data-index={item.index}
                  className={classes.item}
                  style={{ transform: `translateY(${item.start}px)` }}
                >
                  <LogRow
                    line={line}
                    search={search}
                    isOpen={line.seq === openSeq}
                    onToggle={() => setOpenSeq(line.seq === openSeq ? undefined : line.seq)}
                  />
                </div>
              )
            })}
          </div>
        )}
      </div>
      {!follows && lines.length > 0 && (
        <Button
          className={classes.follow}
          radius="xl"
          leftSection={<IconArrowDown aria-hidden size={14} />}
          onClick={() => setFollows(true)}
        >
          {missed > 0 ? t('logs:followNew', { count: missed }) : t('logs:follow')}
        </Button>
      )}
    </div>
  )
}
