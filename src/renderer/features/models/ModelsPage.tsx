import { Tabs } from '@mantine/core'
import { Page } from '../../components/Page.tsx'
import { DevicesTab } from './devices/DevicesTab.tsx'
import { FilesTab } from './files/FilesTab.tsx'
import { GetModelsTab } from './get/GetModelsTab.tsx'
import { ServedModels } from './served/ServedModels.tsx'

const tabs = [
  { value: 'served', title: 'Served', content: ServedModels },
  { value: 'get', title: 'Get models', content: GetModelsTab },
  { value: 'files', title: 'On this computer', content: FilesTab },
  { value: 'devices', title: 'Devices', content: DevicesTab },
] as const

export function ModelsPage() {
  return (
    <Page title="Models">
      <Tabs defaultValue="served" keepMounted={false}>
        <Tabs.List>
          {tabs.map(({ value, title }) => (
            <Tabs.Tab key={value} value={value}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {tabs.map(({ value, content: Content }) => (
          <Tabs.Panel key={value} value={value} pt="md">
            <Content />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  )
}
