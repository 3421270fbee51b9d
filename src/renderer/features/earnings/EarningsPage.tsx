import { Button, Tabs } from '@mantine/core'
import { IconShieldCheck } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { LedgerVerificationView } from '../../../protocol/earnings-views.ts'
import { useTRPC } from '../../api/client.ts'
import { notifyFailure } from '../../app/notify.tsx'
import { type EarningsTab, earningsTabs, tabTitle, viewTitle } from '../../app/routes.ts'
import { useNavigate, useRoute } from '../../app/use-route.ts'
import { Page } from '../../components/Page.tsx'
import { EarningsOverview } from './EarningsOverview.tsx'
import classes from './EarningsPage.module.css'
import { ExportMenu } from './ExportMenu.tsx'
import type { EarningsFilter } from './earnings-filter.ts'
import { LedgerGaps } from './LedgerGaps.tsx'
import { LedgerTable } from './LedgerTable.tsx'
import { NotPaid } from './NotPaid.tsx'
import { Requesters } from './Requesters.tsx'
import { Statements } from './Statements.tsx'
import { Verification } from './Verification.tsx'

export function EarningsPage() {
  const route = useRoute()
  const navigate = useNavigate()
  const tab = earningsTabs.find((known) => known === route.tab) ?? 'overview'
  const [filter, setFilter] = useState<EarningsFilter>({})
  const verify = useMutation(
    useTRPC().earnings.verify.mutationOptions({
      onError: (failure) => notifyFailure(failure, t('earnings:verifyFailed')),
    }),
  )
  const verification: LedgerVerificationView | undefined = verify.data
  const contents: Readonly<Record<EarningsTab, ReactNode>> = {
    overview: <EarningsOverview filter={filter} onFilter={setFilter} />,
    unpaid: <NotPaid />,
    requesters: (
      <Requesters
        onOpen={(requester) => {
          setFilter({ requester })
          navigate({ view: 'earnings' })
        }}
      />
    ),
    statements: <Statements />,
    ledger: (
      <>
        <LedgerGaps />
        <LedgerTable />
      </>
    ),
  }
  return (
    <Page
      title={viewTitle('earnings')}
      actions={
        <>
          <Button
            leftSection={<IconShieldCheck aria-hidden size={15} />}
            loading={verify.isPending}
            onClick={() => verify.mutate()}
          >
            {t('earnings:verify')}
          </Button>
          <ExportMenu />
        </>
      }
    >
      {verification !== undefined && (
        <Verification verification={verification} onClose={() => verify.reset()} />
      )}
      <Tabs
        value={tab}
        onChange={(next) => {
          const chosen = earningsTabs.find((known) => known === next)
          if (chosen !== undefined && chosen !== tab) navigate({ view: 'earnings', tab: chosen })
        }}
        keepMounted={false}
        className={classes.tabs}
      >
        <Tabs.List>
          {earningsTabs.map((name) => (
            <Tabs.Tab key={name} value={name}>
              {tabTitle(name)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {earningsTabs.map((name) => (
          <Tabs.Panel key={name} value={name} className={classes.panel}>
            {contents[name]}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  )
}
