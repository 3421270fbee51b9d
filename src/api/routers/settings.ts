import { z } from 'zod'
import { isSettingKey, settingKeys } from '../../node/settings/schema.ts'
import { settingJson } from '../../node/settings/setting-json.ts'
import {
  readSettingsFile,
  SETTINGS_FILE_BYTES,
  writeSettingsFile,
} from '../../node/settings/settings-file.ts'
import type { SettingsFileView, SettingsStateView } from '../../protocol/views.ts'
import { latest } from '../follow.ts'
import { readTextFile, writeTextFile } from '../text-file.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 100
/** Of a value that is shown beside others. */
const SHOWN_LENGTH = 200

const settingsText = { name: 'A file of settings', mostBytes: SETTINGS_FILE_BYTES }
const keySchema = z.string().max(64).refine(isSettingKey, 'the name of a setting')

export const settingsRouter = router({
  get: procedure.query(({ ctx }) => ctx.node.settings.view()),
  /** The window is not alone in changing them: joining and leaving do, too. */
  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.settings.view(),
      (listener) => ctx.node.settings.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),
  /** A patch in the view's form; checked by the settings themselves, with all that is wrong at once. */
  set: procedure.input(z.record(z.string().max(64), z.unknown())).mutation(async ({ ctx, input }) => {
    await ctx.node.settings.set(input)
    return ctx.node.settings.view()
  }),
  state: procedure.query(({ ctx }): SettingsStateView => {
    const overridden = ctx.node.overridden().map(({ key, value }) => ({ key, value: shown(value) }))
    return { changed: ctx.node.settings.changed(), overridden }
  }),
  /** Back to the defaults: those that are named, or all. */
  reset: procedure
    .input(z.object({ keys: z.array(keySchema).max(settingKeys.length).optional() }))
    .mutation(async ({ ctx, input }) => {
      await ctx.node.settings.reset(input.keys)
      return ctx.node.settings.view()
    }),
  /** Asks where; the path, or null where the operator changed their mind. Throws `bad_usage`. */
  exportFile: procedure.mutation(async ({ ctx }) => {
    const path = await ctx.shell.pickSaveTarget({
      purpose: 'saveSettings',
      suggestedName: 'driad-settings.json',
    })
    if (path !== null) await writeTextFile(path, writeSettingsFile(ctx.node.settings.get()))
    return path
  }),
  /**
   * Asks for a file and says what it would change; null where the operator changed their mind. Nothing is changed by it.
   * Throws `bad_usage`, `too_large` and `bad_setting`.
   */
  openFile: procedure.mutation(async ({ ctx }): Promise<SettingsFileView | null> => {
    const path = await ctx.shell.pickFile({ purpose: 'openSettings', extensions: ['json'] })
    if (path === null) return null
    const { patch, unknown } = readSettingsFile(await readTextFile(path, settingsText))
    const now = ctx.node.settings.get()
    const wanted = ctx.node.settings.check(patch)
    const changes = settingKeys.flatMap((key) =>
      key in wanted && settingJson(wanted[key]) !== settingJson(now[key])
        ? [{ key, from: shown(now[key]), to: shown(wanted[key]) }]
        : [],
    )
    return { changes, unknown, patch }
  }),
})

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : settingJson(value)
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text
}
