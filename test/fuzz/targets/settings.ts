import { isSettingKey, settingDefinitions } from '../../../src/node/settings/schema.ts'
import { allowing, bytesOf, type FuzzTarget, mustHold, textOf } from '../target.ts'

/** Settings as they are stored, sent by the window or imported: JSON by key. */
export const settingsTarget: FuzzTarget = {
  name: 'settings',
  words: [...Object.keys(settingDefinitions), 'auto', 'vulkan:0', 'cpu', 'http://', '/ip4/0.0.0.0/tcp/0'],
  seeds: () => {
    const values = Object.entries(settingDefinitions).map(([key, { fallback }]) => [
      key,
      typeof fallback === 'bigint' ? String(fallback) : fallback,
    ])
    return [bytesOf(JSON.stringify(Object.fromEntries(values)))]
  },
  run: (input) => {
    const parsed = allowing(
      (error) => error instanceof SyntaxError,
      () => JSON.parse(textOf(input)) as unknown,
    )
    if (typeof parsed !== 'object' || parsed === null) return
    for (const [key, value] of Object.entries(parsed)) {
      if (!isSettingKey(key)) continue
      const { schema } = settingDefinitions[key]
      const result = schema.safeParse(value)
      if (!result.success) continue
      const json = JSON.stringify(result.data, (_, field: unknown) =>
        typeof field === 'bigint' ? String(field) : field,
      )
      mustHold(schema.safeParse(JSON.parse(json)).success, `${key} is still valid when it was stored`)
    }
  },
}
