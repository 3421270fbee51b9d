import { Button } from '@mantine/core'
import { IconDownload, IconPlayerPlay } from '@tabler/icons-react'
import { t } from '../../../../locales/translate.ts'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { percent } from '../../../format/numbers.ts'
import { useAddFiles } from '../files/use-add-files.ts'
import { pullShare, pullWords } from './pull-words.ts'
import { useGetModels } from './use-getting.ts'

export interface GetButtonProps {
  readonly name: string
  readonly aliases?: readonly string[]
  /** The one button of its part that stands out. */
  readonly strong?: boolean
}

/** Gets a model and serves it; in its place, what has become of that already. */
export function GetButton({ name, aliases = [], strong = false }: GetButtonProps) {
  const { stateOf, get, isPending } = useGetModels()
  const { addFiles, pending: serving } = useAddFiles()
  const state = stateOf(name, aliases)
  const look = strong ? ({ variant: 'filled', size: 'sm' } as const) : {}
  switch (state.kind) {
    case 'served':
      return <ToneBadge tone="earned">{t('models:served')}</ToneBadge>
    case 'coming': {
      const { tone, label: said } = pullWords(state.pull)
      const share = pullShare(state.pull)
      const far = tone === 'running' && share !== undefined ? ` ${percent(Math.floor(share * 100), 100)}` : ''
      return <ToneBadge tone={tone}>{tone === 'running' && far !== '' ? far.trim() : said}</ToneBadge>
    }
    case 'here':
      return (
        <Button
          {...look}
          leftSection={<IconPlayerPlay aria-hidden size={14} />}
          loading={serving}
          onClick={() => addFiles([state.path])}
          aria-label={t('models-get:get.serveLabel', { name })}
        >
          {t('models:serve')}
        </Button>
      )
    case 'away':
      return (
        <Button
          {...look}
          leftSection={<IconDownload aria-hidden size={strong ? 16 : 14} />}
          loading={isPending(name)}
          onClick={() => void get(name)}
          aria-label={t(strong ? 'models-get:get.getItLabel' : 'models-get:get.getLabel', { name })}
        >
          {t(strong ? 'models-get:get.getIt' : 'models-get:get.get')}
        </Button>
      )
  }
}
