import { Tabs } from '@mantine/core'
import type { ComponentType, ReactNode } from 'react'
import { t } from '../../../locales/translate.ts'
import { type ModelTab, modelTabs, tabTitle, viewTitle } from '../../app/routes.ts'
import { useNavigate, useRoute } from '../../app/use-route.ts'
import { Page } from '../../components/Page.tsx'
import { DevicesTab } from './devices/DevicesTab.tsx'
import { FilesTab } from './files/FilesTab.tsx'
import { GetModelsTab } from './get/GetModelsTab.tsx'
import { isRunning } from './get/pull-words.ts'
import { usePulls } from './get/use-pulls.ts'
import classes from './ModelsPage.module.css'
import { AddModelButton } from './served/AddModelButton.tsx'
import { ServedModels } from './served/ServedModels.tsx'

const contents: Readonly<Record<ModelTab, ComponentType>> = {
  served: ServedModels,
  get: GetModelsTab,
  files: FilesTab,
  devices: DevicesTab,
}

export function ModelsPage() {
  const route = useRoute()
  const tab = modelTabs.find((known) => known === route.tab) ?? 'served'
  const navigate = useNavigate()
  const downloads = useDownloads()
  return (
    <Page
      title={viewTitle('models')}
      actions={tab === 'served' && <AddModelButton label={t('models-served:list.add')} />}
    >
      <Tabs
        value={tab}
        onChange={(next) => {
          const chosen = modelTabs.find((known) => known === next)
          if (chosen !== undefined && chosen !== tab) navigate({ view: 'models', tab: chosen })
        }}
        keepMounted={false}
      >
        <Tabs.List>
          {modelTabs.map((name) => (
            <Tabs.Tab key={name} value={name} rightSection={name === 'get' ? downloads : undefined}>
              {tabTitle(name)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {modelTabs.map((name) => {
          const Content = contents[name]
          return (
            <Tabs.Panel key={name} value={name} pt="md">
              <Content />
            </Tabs.Panel>
          )
        })}
      </Tabs>
    </Page>
  )
}

/** How many downloads run, or failed, on whatever tab one is. */
function useDownloads(): ReactNode {
  const pulls = usePulls().data ?? []
  const failed = pulls.filter(({ state }) => state === 'failed').length
  const running = pulls.filter(isRunning).length
  if (failed > 0)
    return (
      <span className={classes.mark} data-tone="attention">
        {t('models:downloads.failed', { count: failed })}
      </span>
    )
  if (running === 0) return undefined
  return (
    <span className={classes.mark} data-tone="running">
      {t('models:downloads.running', { count: running })}
    </span>
  )
}
