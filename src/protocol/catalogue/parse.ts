import { DriadError, type InputIssue } from '../errors.ts'
import { qualityByRule } from './quality.ts'
import { CATALOGUE_FORMAT, type Catalogue, catalogueSchema } from './schema.ts'

/** A program without a catalogue: names stay as they are, and there are no groups. */
export const emptyCatalogue: Catalogue = {
  format: CATALOGUE_FORMAT,
  issuedAt: new Date(0).toISOString(),
  models: [],
  referenceMachines: [],
}

/** Reads a catalogue's JSON. Throws `catalogue_invalid` with the first things that are wrong. */
export function parseCatalogue(json: string): Catalogue {
  const parsed = catalogueSchema.safeParse(readJson(json))
  if (!parsed.success) {
    const issues = parsed.error.issues
      .slice(0, 8)
      .map(({ path, message }): InputIssue => ({ path: path.join('.'), expected: message }))
    const list = issues.map((issue) => `${issue.path}: ${issue.expected}`).join('; ')
    throw new DriadError('catalogue_invalid', `The catalogue of models cannot be read (${list})`, { issues })
  }
  const models = parsed.data.models.map((model) => ({
    ...model,
    quality: model.quality ?? qualityByRule(model),
  }))
  return { ...parsed.data, models }
}

function readJson(json: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new DriadError('catalogue_invalid', 'The catalogue of models is not JSON', { cause })
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (typeof format === 'number' && format > CATALOGUE_FORMAT) {
    throw new DriadError(
      'catalogue_invalid',
      `The catalogue of models has format ${format}, which this version cannot read: update Driad`,
    )
  }
  return value
}
