import { basename } from 'node:path'
import { DriadError } from '../../protocol/errors.ts'
import { modelNameSchema } from '../../protocol/wire/checks.ts'
import { MODEL_NAME_LENGTH } from '../../protocol/wire/limits.ts'

/** Throws `bad_setting` for names that could not be announced. */
export function checkModelName(name: string): void {
  const { success, error } = modelNameSchema.safeParse(name)
  if (success) return
  const expected = error.issues[0]?.message ?? 'a model name'
  throw new DriadError(
    'bad_setting',
    `${JSON.stringify(name.slice(0, 200))} cannot name a model: ${expected}`,
  )
}

/** The name that a model gets from its file: without `.gguf` and the number of a part, and with what names cannot have replaced. */
export function modelNameOf(path: string): string {
  const name = basename(path)
    .replace(/\.gguf$/i, '')
    .replace(/-\d{5}-of-\d{5}$/, '')
    .replace(/[^A-Za-z0-9._:@+-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+|-+$/g, '')
    .slice(0, MODEL_NAME_LENGTH)
  return name === '' ? 'model' : name
}
