import { createHash } from 'node:crypto'
import { z } from 'zod'
import { filled } from './fields.ts'
import { jsonSchemaOf } from './json-schema-of.ts'
import { oneAnswer } from './one-answer.ts'
import { readJson } from './read-json.ts'
import { defineSingleton, type Singleton } from './singleton.ts'
import { tidyText } from './tidy-text.ts'

/** The names of a template's `{{placeholders}}`; any text where the template is not known to the compiler. */
export type PlaceholdersOf<Template extends string> = string extends Template
  ? string
  : Template extends `${string}{{${infer Name}}}${infer Rest}`
    ? Name | PlaceholdersOf<Rest>
    : never

export interface PromptInit<Template extends string> {
  /** The prompt, with `{{name}}` where the input's text of that name goes. */
  readonly template: Template
  readonly system?: string
  /** Stable, for dataset runs; made of the template where absent. */
  readonly name?: string
  /** Tokens of the answer; 1,024 where absent. */
  readonly maxTokens?: number
  /** 0 to 2; the model's own where absent. */
  readonly temperature?: number
}

export type PromptInput<Template extends string> = { readonly [Name in PlaceholdersOf<Template>]: string }

/** A kind of task of your own: a prompt with placeholders in, a typed answer out: what the zod schema says, or a text without one. */
export function Prompt<const Template extends string, Schema extends z.ZodType>(
  init: PromptInit<Template> & { readonly schema: Schema },
): Singleton<PromptInput<Template>, z.output<Schema>>
export function Prompt<const Template extends string>(
  init: PromptInit<Template> & { readonly schema?: undefined },
): Singleton<PromptInput<Template>, string>
export function Prompt(
  init: PromptInit<string> & { readonly schema?: z.ZodType | undefined },
): Singleton<Readonly<Record<string, string>>, unknown> {
  const { template, system, schema, maxTokens = 1024, temperature } = init
  const names = [...new Set([...template.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? ''))]
  const answer = schema && jsonSchemaOf(schema)
  const name = init.name ?? nameOf(template, system, answer)
  return defineSingleton({
    name,
    input: z.object(Object.fromEntries(names.map((key) => [key, z.string().describe(`{{${key}}}`)]))),
    output: schema ?? filled('The answer'),
    workflow: (input) =>
      oneAnswer({
        name,
        memory: input,
        prompt: template,
        maxTokens,
        ...(system !== undefined && { system }),
        ...(answer && { schema: answer }),
        ...(temperature !== undefined && { temperature }),
      }),
    parse: (text) => (schema ? (readJson(text) ?? text) : tidyText(text)),
  })
}

function nameOf(...parts: unknown[]): string {
  return `Prompt-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)}`
}
