import { notifications } from '@mantine/notifications'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { t } from '../../locales/translate.ts'
import { readFailure } from '../api/failure.ts'
import { errorWords } from '../format/error-words.ts'

/** Says that something the person asked for did not work; the same failure twice is told once. */
export function notifyFailure(error: unknown, title: string): void {
  const { code, message, issues } = readFailure(error)
  const { meaning } = errorWords(code, title)
  const details = issues
    .map(({ path, expected }) => t('components:failure.expectedAt', { path, expected }))
    .join('; ')
  const notification = {
    id: title,
    title,
    message: [message, details, meaning].filter((part) => part !== '').join(' — '),
    color: 'red',
    icon: <IconAlertTriangle aria-hidden size={16} />,
    autoClose: 12_000,
    closeButtonProps: { 'aria-label': t('common:close') },
  }
  notifications.show(notification)
  notifications.update(notification)
}

export function notifyDone(title: string, message: string): void {
  notifications.show({
    title,
    message,
    color: 'leaf',
    icon: <IconCheck aria-hidden size={16} />,
    autoClose: 5_000,
    closeButtonProps: { 'aria-label': t('common:close') },
  })
}
