import { t } from '../../../locales/translate.ts'
import { AddressList } from './AddressList.tsx'
import { AmountInput } from './AmountInput.tsx'
import { DraftInput } from './DraftInput.tsx'
import type { SettingGroup } from './setting-group.ts'
import { switchRow } from './setting-switch.tsx'

export const networkSettings: SettingGroup = {
  id: 'network',
  rows: [
    switchRow('joinOnStart'),
    {
      key: 'network',
      atJoin: true,
      control: ({ network }, save, id) => (
        <DraftInput id={id} value={network} onSave={(value) => save('network', value.trim())} />
      ),
    },
    {
      key: 'listen',
      atJoin: true,
      control: ({ listen }, save, id) => (
        <AddressList
          id={id}
          of="listen"
          placeholder="/ip4/0.0.0.0/tcp/4001"
          value={listen}
          onSave={(value) => save('listen', value)}
        />
      ),
    },
    switchRow('upnp', { atJoin: true }),
    {
      key: 'announce',
      atJoin: true,
      control: ({ announce }, save, id) => (
        <AddressList
          id={id}
          of="announce"
          placeholder="/dns4/node.example.org/tcp/4001"
          value={announce}
          onSave={(value) => save('announce', value)}
        />
      ),
    },
    {
      key: 'bootstrap',
      atJoin: true,
      control: ({ bootstrap }, save, id) => (
        <AddressList
          id={id}
          of="bootstrap"
          placeholder="/ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…"
          value={bootstrap}
          onSave={(value) => save('bootstrap', value)}
        />
      ),
    },
    switchRow('relay', { atJoin: true }),
    {
      key: 'networkKeyFile',
      atJoin: true,
      control: ({ networkKeyFile }, save, id) => (
        <DraftInput
          id={id}
          width={340}
          value={networkKeyFile}
          onSave={(value) => save('networkKeyFile', value.trim())}
        />
      ),
    },
    {
      key: 'mailboxBytes',
      control: ({ mailboxBytes }, save, id) => (
        <AmountInput
          id={id}
          value={mailboxBytes}
          unit="MB"
          factor={1e6}
          most={1_000_000}
          placeholder={t('settings:row.mailboxBytes.empty')}
          onSave={(value) => save('mailboxBytes', value ?? 0)}
        />
      ),
    },
  ],
}
