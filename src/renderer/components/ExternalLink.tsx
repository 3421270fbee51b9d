import { IconExternalLink } from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { t } from '../../locales/translate.ts'
import { useTRPC } from '../api/client.ts'
import { notifyFailure } from '../app/notify.tsx'
import classes from './ExternalLink.module.css'

/** A page of the web, opened in the system's browser by the main process: the window itself goes nowhere. */
export function ExternalLink({ url, children }: { readonly url: string; readonly children: ReactNode }) {
  const open = useMutation(
    useTRPC().app.openLink.mutationOptions({
      onError: (error) => notifyFailure(error, t('components:failure.pageNotOpened')),
    }),
  )
  return (
    <a
      href={url}
      title={url}
      className={classes.link}
      onClick={(event) => {
        event.preventDefault()
        open.mutate({ url })
      }}
    >
      {children}
      <IconExternalLink aria-hidden size={13} />
    </a>
  )
}
