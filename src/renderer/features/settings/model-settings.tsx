import { NumberInput } from '@mantine/core'
import { t } from '../../../locales/translate.ts'
import { AddressList } from './AddressList.tsx'
import { AmountInput } from './AmountInput.tsx'
import { DraftInput } from './DraftInput.tsx'
import { ModelTokenButton } from './ModelTokenButton.tsx'
import { ProxyInput } from './ProxyInput.tsx'
import type { SettingGroup } from './setting-group.ts'

const GB = 1e9
const MB = 1e6
const MINUTE_MS = 60_000

export const modelSettings: SettingGroup = {
  id: 'models',
  rows: [
    {
      key: 'memoryBudgetBytes',
      control: ({ memoryBudgetBytes }, save, id) => (
        <AmountInput
          id={id}
          value={memoryBudgetBytes}
          unit="GB"
          factor={GB}
          most={1_000_000}
          placeholder={t('settings:row.memoryBudgetBytes.empty')}
          onSave={(value) => save('memoryBudgetBytes', value ?? 0)}
        />
      ),
    },
    {
      key: 'memoryReserveBytes',
      control: ({ memoryReserveBytes }, save, id) => (
        <AmountInput
          id={id}
          value={memoryReserveBytes}
          unit="GB"
          factor={GB}
          most={1_000_000}
          placeholder={t('settings:row.memoryReserveBytes.empty')}
          zeroIsEmpty={false}
          onSave={(value) => save('memoryReserveBytes', value ?? null)}
        />
      ),
    },
    {
      key: 'idleUnloadMs',
      control: ({ idleUnloadMs }, save, id) => (
        <AmountInput
          id={id}
          value={idleUnloadMs}
          unit={t('settings:unit.minutes')}
          factor={MINUTE_MS}
          most={7 * 24 * 60}
          placeholder={t('settings:row.idleUnloadMs.empty')}
          onSave={(value) => save('idleUnloadMs', value ?? 0)}
        />
      ),
    },
    {
      key: 'modelFolders',
      control: ({ modelFolders }, save, id) => (
        <AddressList
          id={id}
          of="folder"
          placeholder="/home/you/models"
          value={modelFolders}
          onSave={(value) => save('modelFolders', value)}
        />
      ),
    },
    {
      key: 'catalogueUrl',
      control: ({ catalogueUrl }, save, id) => (
        <DraftInput
          id={id}
          width={340}
          value={catalogueUrl}
          check={(text) => (text.trim() === '' ? undefined : addressProblem(text))}
          onSave={(text) => save('catalogueUrl', text.trim())}
        />
      ),
    },
    {
      key: 'catalogueKey',
      control: ({ catalogueKey }, save, id) => (
        <DraftInput
          id={id}
          width={340}
          value={catalogueKey}
          onSave={(text) => save('catalogueKey', text.trim())}
        />
      ),
    },
  ],
}

export const downloadSettings: SettingGroup = {
  id: 'downloads',
  rows: [
    {
      key: 'proxy',
      control: ({ proxy }, save, id) => (
        <ProxyInput id={id} value={proxy} onSave={(value) => save('proxy', value)} />
      ),
    },
    {
      key: 'downloadBytesPerSecond',
      control: ({ downloadBytesPerSecond }, save, id) => (
        <AmountInput
          id={id}
          value={downloadBytesPerSecond}
          unit="MB/s"
          factor={MB}
          most={1_000_000}
          placeholder={t('settings:row.downloadBytesPerSecond.empty')}
          onSave={(value) => save('downloadBytesPerSecond', value ?? 0)}
        />
      ),
    },
    {
      key: 'downloadsAtOnce',
      control: ({ downloadsAtOnce }, save, id) => (
        <NumberInput
          id={id}
          w={96}
          min={1}
          max={8}
          clampBehavior="strict"
          allowDecimal={false}
          value={downloadsAtOnce}
          onChange={(value) =>
            typeof value === 'number' && value !== downloadsAtOnce && save('downloadsAtOnce', value)
          }
        />
      ),
    },
    {
      key: 'modelToken',
      control: (_settings, _save, id) => <ModelTokenButton id={id} />,
    },
    {
      key: 'modelEndpoint',
      control: ({ modelEndpoint }, save, id) => (
        <DraftInput
          id={id}
          width={340}
          value={modelEndpoint}
          check={addressProblem}
          onSave={(text) => save('modelEndpoint', text.trim())}
        />
      ),
    },
    {
      key: 'modelMirrors',
      control: ({ modelMirrors }, save, id) => (
        <AddressList
          id={id}
          of="mirror"
          placeholder="https://models.example.org"
          value={modelMirrors}
          onSave={(value) => save('modelMirrors', value)}
        />
      ),
    },
  ],
}

function addressProblem(text: string): string | undefined {
  const { protocol } = URL.canParse(text.trim()) ? new URL(text.trim()) : { protocol: '' }
  return protocol === 'https:' || protocol === 'http:' ? undefined : t('settings:address.problem')
}
