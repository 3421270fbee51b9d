import { Button, Menu } from '@mantine/core'
import { IconDownload, IconShieldCheck } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import type { EarningsView, LedgerVerificationView } from '../../../protocol/earnings-views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyDone, notifyFailure } from '../../app/notify.tsx'
import { Credits } from '../../components/Credits.tsx'
import { LoadingRows } from '../../components/EmptyState.tsx'
import { ErrorState } from '../../components/ErrorState.tsx'
import { Page } from '../../components/Page.tsx'
import { Tile } from '../../components/Panel.tsx'
import { exactCredits } from '../../format/credits.ts'
import { plural } from '../../format/numbers.ts'
import classes from './EarningsPage.module.css'
import { LedgerTable } from './LedgerTable.tsx'
import { SUMMARY_DAYS } from './summary-days.ts'
import { Verification } from './Verification.tsx'

const ByDay = lazy(async () => ({ default: (await import('./ByDay.tsx')).ByDay }))

export function EarningsPage() {
  const trpc = useTRPC()
  const { data, error, refetch } = useQuery(trpc.earnings.summary.queryOptions({ days: SUMMARY_DAYS }))
  const verify = useMutation(
    trpc.earnings.verify.mutationOptions({
      onError: (failure) => notifyFailure(failure, 'The ledger could not be verified'),
    }),
  )
  const earnings: EarningsView | undefined = data
  const verification: LedgerVerificationView | undefined = verify.data
  return (
    <Page
      title="Earnings"
      actions={
        <>
          <Button
            leftSection={<IconShieldCheck aria-hidden size={15} />}
            loading={verify.isPending}
            onClick={() => verify.mutate()}
          >
            Verify
          </Button>
          <ExportMenu />
        </>
      }
    >
      {verification !== undefined && (
        <Verification verification={verification} onClose={() => verify.reset()} />
      )}
      {earnings !== undefined ? (
        <>
          <Tiles earnings={earnings} />
          <Suspense fallback={<div className={classes.chartRoom} />}>
            <ByDay days={earnings.byDay} />
          </Suspense>
        </>
      ) : error !== null ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <LoadingRows rows={6} />
      )}
      <LedgerTable />
    </Page>
  )
}

function Tiles({ earnings }: { readonly earnings: EarningsView }) {
  const { balanceMicro, earnedTodayMicro, pendingMicro, pendingTasks, unpaidMicro, unpaidTasks } = earnings
  return (
    <div className={classes.tiles}>
      <Tile
        label="Balance"
        value={<Credits micro={balanceMicro} form="short" />}
        unit="credits"
        detail={`${exactCredits(balanceMicro)} earned less spent`}
      />
      <Tile
        label="Earned today"
        value={<Credits micro={earnedTodayMicro} form="short" />}
        unit="credits"
        detail={`${exactCredits(earnedTodayMicro)} with a signed receipt`}
      />
      <Tile
        label="On its way"
        value={
          <span className={pendingTasks > 0 ? classes.waiting : undefined}>
            <Credits micro={pendingMicro} form="short" />
          </span>
        }
        unit="credits"
        detail={pendingTasks === 0 ? 'No receipt is awaited' : `${plural(pendingTasks, 'receipt')} awaited`}
      />
      <Tile
        label="Not paid"
        value={
          <span className={unpaidTasks > 0 ? classes.attention : undefined}>
            <Credits micro={unpaidMicro} form="short" />
          </span>
        }
        unit="credits"
        detail={
          unpaidTasks === 0
            ? 'Every finished task was paid'
            : `${plural(unpaidTasks, 'task')}, with the cause in Tasks`
        }
      />
    </div>
  )
}

const formats = [
  { format: 'csv', label: 'CSV', hint: 'for spreadsheets' },
  { format: 'jsonl', label: 'JSON lines', hint: 'for programs' },
  { format: 'bundle', label: 'Signed bundle', hint: 'with receipts, to be verified anywhere' },
] as const

function ExportMenu() {
  const save = useMutation(
    useTRPC().earnings.exportFile.mutationOptions({
      onSuccess: (saved: { path: string } | null) => {
        if (saved !== null) notifyDone('Ledger exported', saved.path)
      },
      onError: (failure) => notifyFailure(failure, 'The ledger could not be exported'),
    }),
  )
  return (
    <Menu position="bottom-end" width={230}>
      <Menu.Target>
        <Button leftSection={<IconDownload aria-hidden size={15} />} loading={save.isPending}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label, hint }) => (
          <Menu.Item key={format} onClick={() => save.mutate({ format })}>
            {label}
            <span className={classes.hint}>{hint}</span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
