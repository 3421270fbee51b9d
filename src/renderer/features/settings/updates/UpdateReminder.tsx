import { IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
import { waitingVersion } from '../../../../protocol/update-views.ts'
import { useTRPC } from '../../../api/client.ts'
import { routeHash } from '../../../app/routes.ts'
import { Reminder } from '../../../components/Reminder.tsx'

/** Tells of a new version wherever one is in the window, while it waits to be installed. */
export function UpdateReminder() {
  const { data } = useQuery(useTRPC().updates.view.queryOptions())
  const version = data === undefined ? undefined : waitingVersion(data)
  if (version === undefined) return null
  return (
    <Reminder icon={IconDownload} href={routeHash({ view: 'settings', tab: 'updates' })}>
      {t('updates:reminder', { version })}
    </Reminder>
  )
}
