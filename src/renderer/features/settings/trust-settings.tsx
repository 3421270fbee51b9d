import { Switch } from '@mantine/core'
import { AddressList } from './AddressList.tsx'
import { ShareInput } from './ShareInput.tsx'
import type { SettingGroup } from './setting-group.ts'

/** How results of tasks that one publishes oneself are checked. */
export const trustSettings: SettingGroup = {
  id: 'trust',
  rows: [
    {
      key: 'verifyShare',
      atJoin: true,
      control: ({ verifyShare }, save, id) => (
        <ShareInput id={id} value={verifyShare} onSave={(value) => save('verifyShare', value)} />
      ),
    },
    {
      key: 'verifyOnNodes',
      atJoin: true,
      control: ({ verifyOnNodes }, save, id) => (
        <Switch
          id={id}
          checked={verifyOnNodes}
          onChange={(event) => save('verifyOnNodes', event.currentTarget.checked)}
        />
      ),
    },
    {
      key: 'verifyModels',
      control: ({ verifyModels }, save, id) => (
        <AddressList
          id={id}
          of="modelFile"
          placeholder="/home/you/models/model.gguf"
          value={verifyModels}
          onSave={(value) => save('verifyModels', value)}
        />
      ),
    },
  ],
}
