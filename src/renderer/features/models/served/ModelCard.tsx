import { ActionIcon, Button, Menu, VisuallyHidden } from '@mantine/core'
import {
  IconChevronDown,
  IconCopy,
  IconDots,
  IconPlayerEject,
  IconPlayerPlay,
  IconTrash,
} from '@tabler/icons-react'
import { useMutation } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { notifyFailure } from '../../../app/notify.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { useCopy } from '../../../components/use-copy.ts'
import { RemoveModel } from '../RemoveModel.tsx'
import classes from './ModelCard.module.css'
import { ModelDetails } from './ModelDetails.tsx'
import { ModelFacts } from './ModelFacts.tsx'
import { ModelNotice } from './ModelNotice.tsx'
import { ModelTrouble } from './ModelTrouble.tsx'
import { modelAnnouncement, modelMeaning, modelWords } from './model-words.ts'

export function ModelCard({ model }: { readonly model: ModelView }) {
  const { name, state, builtIn, preload } = model
  const [opened, setOpened] = useState(false)
  const detailsId = useId()
  const { label, tone } = modelWords(model)
  const load = useMutation(
    useTRPC().models.load.mutationOptions({
      onError: (error) => notifyFailure(error, t('models-served:failure.load', { name })),
    }),
  )
  const meaning = modelMeaning(model)
  return (
    <Panel label={name}>
      <div className={classes.head}>
        <div className={classes.names}>
          <h2 className={classes.name} title={name}>
            {name}
          </h2>
          <ToneBadge tone={tone}>{label}</ToneBadge>
          <VisuallyHidden role="status">{modelAnnouncement(model)}</VisuallyHidden>
          {builtIn && <span className={classes.mark}>{t('models-served:card.builtIn')}</span>}
          {preload && <span className={classes.mark}>{t('models-served:card.kept')}</span>}
        </div>
        <div className={classes.actions}>
          {(state === 'unloaded' || state === 'idle') && (
            <Button
              leftSection={<IconPlayerPlay aria-hidden size={14} />}
              loading={load.isPending}
              onClick={() => load.mutate({ name })}
              aria-label={t('models-served:card.loadLabel', { name })}
            >
              {t('models-served:card.load')}
            </Button>
          )}
          <Button
            rightSection={
              <IconChevronDown
                aria-hidden
                size={14}
                className={classes.chevron}
                data-opened={opened || undefined}
              />
            }
            aria-expanded={opened}
            {...(opened && { 'aria-controls': detailsId })}
            aria-label={t('models-served:card.detailsLabel', { name })}
            onClick={() => setOpened(!opened)}
          >
            {t('models-served:card.details')}
          </Button>
          <ModelMenu model={model} />
        </div>
      </div>
      {meaning !== undefined && <p className={classes.hint}>{meaning}</p>}
      <ModelTrouble model={model} />
      <ModelNotice model={model} />
      <ModelFacts model={model} />
      {opened && (
        <div id={detailsId}>
          <ModelDetails model={model} />
        </div>
      )}
    </Panel>
  )
}

function ModelMenu({ model }: { readonly model: ModelView }) {
  const { name, path, state, sha256, builtIn } = model
  const { copy } = useCopy()
  const [removing, setRemoving] = useState(false)
  const unload = useMutation(
    useTRPC().models.unload.mutationOptions({
      onError: (error) => notifyFailure(error, t('models-served:failure.unload', { name })),
    }),
  )
  return (
    <>
      <Menu position="bottom-end" width={220}>
        <Menu.Target>
          <ActionIcon aria-label={t('models-served:card.more', { name })} variant="default">
            <IconDots aria-hidden size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {state !== 'unloaded' && state !== 'failed' && (
            <Menu.Item
              leftSection={<IconPlayerEject aria-hidden size={15} />}
              onClick={() => unload.mutate({ name })}
            >
              {state === 'idle' || state === 'suspended'
                ? t('models-served:card.serveNoMore')
                : t('models-served:card.unload')}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconCopy aria-hidden size={15} />} onClick={() => copy(path)}>
            {t('models-served:card.copyPath')}
          </Menu.Item>
          {sha256 !== undefined && (
            <Menu.Item leftSection={<IconCopy aria-hidden size={15} />} onClick={() => copy(sha256)}>
              {t('models-served:card.copyDigest')}
            </Menu.Item>
          )}
          {!builtIn && (
            <Menu.Item
              leftSection={<IconTrash aria-hidden size={15} />}
              color="red"
              onClick={() => setRemoving(true)}
            >
              {t('models:remove')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      <RemoveModel model={removing ? model : undefined} onClose={() => setRemoving(false)} />
    </>
  )
}
