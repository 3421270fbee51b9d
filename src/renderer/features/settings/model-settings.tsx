import { NumberInput } from '@mantine/core'
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
  title: 'Models',
  rows: [
    {
      key: 'memoryBudgetBytes',
      title: 'Memory for models',
      explanation:
        'What all loaded models may take together. The others are loaded when a task asks for them, in place of those used longest ago. Empty: all that is free.',
      control: ({ memoryBudgetBytes }, save, id) => (
        <AmountInput
          id={id}
          value={memoryBudgetBytes}
          unit="GB"
          factor={GB}
          most={1_000_000}
          placeholder="All that is free"
          onSave={(value) => save('memoryBudgetBytes', value ?? 0)}
        />
      ),
    },
    {
      key: 'memoryReserveBytes',
      title: 'Memory to keep free',
      explanation:
        'Models leave as much to your other programs. Empty: a seventh of all memory, from 0.5 to 4 GB.',
      control: ({ memoryReserveBytes }, save, id) => (
        <AmountInput
          id={id}
          value={memoryReserveBytes}
          unit="GB"
          factor={GB}
          most={1_000_000}
          placeholder="Automatic"
          zeroIsEmpty={false}
          onSave={(value) => save('memoryReserveBytes', value ?? null)}
        />
      ),
    },
    {
      key: 'idleUnloadMs',
      title: 'Unload idle models after',
      explanation:
        'A model that had no task for so long gives its memory back, and is loaded again at the next one. Empty: never.',
      control: ({ idleUnloadMs }, save, id) => (
        <AmountInput
          id={id}
          value={idleUnloadMs}
          unit="minutes"
          factor={MINUTE_MS}
          most={7 * 24 * 60}
          placeholder="Never"
          onSave={(value) => save('idleUnloadMs', value ?? 0)}
        />
      ),
    },
    {
      key: 'modelFolders',
      title: 'Your folders with models',
      explanation:
        'Scans look into them, beside what LM Studio, Ollama, Hugging Face, llama.cpp, GPT4All and Jan keep. Nothing in them is changed.',
      control: ({ modelFolders }, save, id) => (
        <AddressList
          id={id}
          label="folder"
          placeholder="/home/you/models"
          value={modelFolders}
          onSave={(value) => save('modelFolders', value)}
        />
      ),
    },
    {
      key: 'catalogueUrl',
      title: 'Address of newer catalogues',
      explanation:
        'Fetched once a day, with the signature at the same address and .sig. Empty: the built-in catalogue.',
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
      title: 'Key of the catalogue',
      explanation: 'The public key (Ed25519, in base64) that fetched catalogues must be signed with.',
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
  title: 'Downloads',
  rows: [
    {
      key: 'proxy',
      title: 'Proxy',
      explanation:
        'How models and catalogues are fetched. Where the proxy asks who you are, write http://name:password@host:port.',
      control: ({ proxy }, save, id) => (
        <ProxyInput id={id} value={proxy} onSave={(value) => save('proxy', value)} />
      ),
    },
    {
      key: 'downloadBytesPerSecond',
      title: 'Speed limit',
      explanation: 'How fast all downloads together may be. Empty: as fast as they can.',
      control: ({ downloadBytesPerSecond }, save, id) => (
        <AmountInput
          id={id}
          value={downloadBytesPerSecond}
          unit="MB/s"
          factor={MB}
          most={1_000_000}
          placeholder="No limit"
          onSave={(value) => save('downloadBytesPerSecond', value ?? 0)}
        />
      ),
    },
    {
      key: 'downloadsAtOnce',
      title: 'Downloads at the same time',
      explanation: 'The others wait for their turn.',
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
      title: 'Access token for gated models',
      explanation: 'Some models are given out only to who has accepted their licence. Stored encrypted.',
      control: (_settings, _save, id) => <ModelTokenButton id={id} />,
    },
    {
      key: 'modelEndpoint',
      title: 'Server of models',
      explanation: 'Hugging Face, or a server that answers as it does.',
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
      title: 'Mirrors',
      explanation: 'Servers with the same models, tried in this order where the first one fails.',
      control: ({ modelMirrors }, save, id) => (
        <AddressList
          id={id}
          label="mirror"
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
  return protocol === 'https:' || protocol === 'http:' ? undefined : 'An address such as https://…'
}
