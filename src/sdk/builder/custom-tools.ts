import type { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import { isZodSchema, jsonSchemaOf } from '../factory/json-schema-of.ts'
import { readJson } from '../factory/read-json.ts'
import type { CustomToolFile, JsonSchema } from './file-parts.ts'

export interface CustomToolInit<Parameters extends z.ZodType | JsonSchema> {
  /** Letters, digits and `_ . : -`, at most 64. */
  readonly name: string
  /** What the function does and when to use it, for the model. */
  readonly description: string
  /** The arguments, an object: a zod schema or a JSON Schema. */
  readonly parameters: Parameters
}

/** What arguments are, as far as their schema says. */
export type ArgumentsOf<Parameters> = Parameters extends z.ZodType
  ? z.output<Parameters>
  : Readonly<Record<string, unknown>>

/**
 * A function that the model may call and that nobody runs: the step's result is the call, for `parseCall`. For steps
 * with `FUNCTION_CALLING_RAW`; with `FUNCTION_CALLING`, choosing it ends the step with the call as well.
 */
export class CustomTool<Parameters extends z.ZodType | JsonSchema = JsonSchema> {
  readonly name: string
  readonly description: string
  readonly parameters: Parameters

  constructor({ name, description, parameters }: CustomToolInit<Parameters>) {
    this.name = name
    this.description = description
    this.parameters = parameters
  }

  toFile(): CustomToolFile {
    const { name, description, parameters } = this
    const schema = isZodSchema(parameters) ? jsonSchemaOf(parameters, 'parameters') : parameters
    return { name, description, mode: 'custom', parameters: { ...schema } }
  }

  /** The arguments of a call of this function, out of a step's result. Throws `output_invalid` for anything else. */
  parseCall(result: string): ArgumentsOf<Parameters> {
    const call = readJson(result) as { name?: unknown; arguments?: unknown } | undefined
    const expected = `{"name": "${this.name}", "arguments": {…}}`
    if (typeof call !== 'object' || call === null || call.name !== this.name)
      throw new DriadError('output_invalid', `The result is no call of ${this.name}; expected ${expected}`)
    if (!isZodSchema(this.parameters)) return (call.arguments ?? {}) as ArgumentsOf<Parameters>
    const parsed = this.parameters.safeParse(call.arguments)
    if (parsed.success) return parsed.data as ArgumentsOf<Parameters>
    throw new DriadError(
      'output_invalid',
      `The arguments of ${this.name} do not fit its parameters; expected ${expected}`,
      { cause: parsed.error },
    )
  }
}

export interface HttpRequestToolInit {
  readonly name: string
  readonly description: string
  /** Begins with http:// or https://. `{{argument}}` here, in headers and in the body is for the model to fill. */
  readonly url: string
  /** GET where absent. */
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  readonly body?: Readonly<Record<string, unknown>>
}

/** A request that the node sends when the model calls it, for `FUNCTION_CALLING`. The node's operator must allow it. */
export class HttpRequestTool {
  readonly #init: HttpRequestToolInit

  constructor(init: HttpRequestToolInit) {
    this.#init = { method: 'GET', ...init }
  }

  get name(): string {
    return this.#init.name
  }

  toFile(): CustomToolFile {
    const { name, description, url, method, headers, body } = this.#init
    return {
      name,
      description,
      mode: 'http_request',
      url,
      ...(method && { method }),
      ...(headers && { headers: { ...headers } }),
      ...(body && { body: { ...body } }),
    }
  }
}
