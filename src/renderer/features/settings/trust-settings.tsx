import { Switch } from '@mantine/core'
import { AddressList } from './AddressList.tsx'
import { ShareInput } from './ShareInput.tsx'
import type { SettingGroup } from './setting-group.ts'

/** How results of tasks that one publishes oneself are checked. */
export const trustSettings: SettingGroup = {
  title: 'Checks of results that you ask for',
  rows: [
    {
      key: 'verifyShare',
      title: 'Part of the results that is checked',
      explanation:
        'Before it is paid. New nodes are checked more often, trusted ones less. A check costs about a prompt of that length. 0 is never.',
      atJoin: true,
      control: ({ verifyShare }, save, id) => (
        <ShareInput id={id} value={verifyShare} onSave={(value) => save('verifyShare', value)} />
      ),
    },
    {
      key: 'verifyOnNodes',
      title: 'Have other nodes check',
      explanation:
        'Where this computer does not have the model. The other node sees prompt and answer, and is paid for reading them.',
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
      title: 'Model files to check with',
      explanation:
        'For programs of this computer that only publish; they read it when they start. The node itself checks with the models that it serves.',
      control: ({ verifyModels }, save, id) => (
        <AddressList
          id={id}
          label="model file"
          placeholder="/home/you/models/model.gguf"
          value={verifyModels}
          onSave={(value) => save('verifyModels', value)}
        />
      ),
    },
  ],
}
