import { Button } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../locales/translate.ts'
import type { ModelTokenView } from '../../../protocol/pull-views.ts'
import { useTRPC } from '../../api/client.ts'
import { TokenDialog } from '../models/get/TokenDialog.tsx'

/** Whether there is a token for gated models, and the way to set one. */
export function ModelTokenButton({ id }: { readonly id: string }) {
  const [asking, setAsking] = useState(false)
  const known: ModelTokenView | undefined = useQuery(useTRPC().pulls.token.queryOptions()).data
  const words = t(
    known?.from === 'settings' ? 'settings:row.modelToken.replace' : 'settings:row.modelToken.set',
  )
  return (
    <>
      <Button
        id={id}
        leftSection={<IconKey aria-hidden size={14} />}
        onClick={() => setAsking(true)}
        aria-label={`${words} ${t('settings:row.modelToken.title')}`}
      >
        {words}
      </Button>
      <TokenDialog opened={asking} onClose={() => setAsking(false)} />
    </>
  )
}
