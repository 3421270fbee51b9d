import { PasswordInput } from '@mantine/core'
import { t } from '../../../locales/translate.ts'
import { readFailure } from '../../api/failure.ts'

interface PassphraseProps {
  readonly label: string
  readonly description?: string
  readonly value: string
  readonly onChange: (value: string) => void
  readonly error: string | undefined
}

/** A field for a passphrase, with its eye and what is wrong with it. */
export function Passphrase({ label, description, value, onChange, error }: PassphraseProps) {
  return (
    <PasswordInput
      size="sm"
      label={label}
      description={description}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      error={error}
      errorProps={{ role: 'alert' }}
      autoComplete="new-password"
      spellCheck={false}
      maxLength={1024}
      visibilityToggleButtonProps={{ 'aria-label': t('setup:key.show'), tabIndex: 0 }}
    />
  )
}

/** What a person reads of a backup that cannot be made, or opened. */
export function keyFailureWords(error: unknown): string {
  const { code, message } = readFailure(error)
  return code === 'wrong_passphrase' || code === 'backup_invalid' || code === 'identity_in_use'
    ? t(`setup:key.error.${code}`)
    : t('setup:key.error.other', { message })
}
