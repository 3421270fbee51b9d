import { Checkbox, Select, Stack } from '@mantine/core'
import { closestLanguage, languageNames, languages, t } from '../../../locales/translate.ts'
import { notificationKinds } from '../../../protocol/notification-kinds.ts'
import type { SettingsView } from '../../../protocol/views.ts'
import { Segmented } from '../../components/Segmented.tsx'
import { logLevels } from '../logs/log-filter.ts'
import type { SettingGroup } from './setting-group.ts'
import { switchRow } from './setting-switch.tsx'

const themes = ['system', 'light', 'dark'] as const

export const windowSettings: SettingGroup = {
  id: 'window',
  rows: [
    {
      key: 'theme',
      control: ({ theme }, save) => (
        <Segmented
          label={t('settings:row.theme.title')}
          value={theme}
          options={themes.map((value) => ({ value, label: t(`settings:row.theme.${value}`) }))}
          onChange={(value) => save('theme', value)}
        />
      ),
    },
    {
      key: 'language',
      control: ({ language }, save, id) => (
        <Select
          id={id}
          w={220}
          allowDeselect={false}
          value={language}
          data={[
            {
              value: 'system',
              label: t('settings:row.language.system', {
                language: languageNames[closestLanguage(navigator.languages)],
              }),
            },
            ...languages.map((value) => ({ value, label: languageNames[value] })),
          ]}
          onChange={(value) => save('language', value as SettingsView['language'])}
        />
      ),
    },
    switchRow('closeToTray'),
    switchRow('startAtLogin'),
    switchRow('startHidden', { isDisabled: ({ startAtLogin }) => !startAtLogin }),
  ],
}

export const notificationSettings: SettingGroup = {
  id: 'notifications',
  rows: [
    {
      key: 'notifications',
      wide: true,
      control: ({ notifications }, save, id) => (
        <Stack gap={8} role="group" aria-label={t('settings:row.notifications.title')}>
          {notificationKinds.map((kind, at) => (
            <Checkbox
              key={kind}
              {...(at === 0 && { id })}
              label={t(`settings:row.notifications.kind.${kind}`)}
              checked={notifications.includes(kind)}
              onChange={(event) => {
                const wanted = event.currentTarget.checked
                save(
                  'notifications',
                  notificationKinds.filter((each) => (each === kind ? wanted : notifications.includes(each))),
                )
              }}
            />
          ))}
        </Stack>
      ),
    },
  ],
}

export const logSettings: SettingGroup = {
  id: 'logs',
  rows: [
    {
      key: 'logLevel',
      control: ({ logLevel }, save) => (
        <Segmented
          label={t('settings:row.logLevel.title')}
          value={logLevel}
          options={logLevels.map((value) => ({ value, label: value }))}
          onChange={(value) => save('logLevel', value)}
        />
      ),
    },
  ],
}
