import type { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import { isObject } from '../../protocol/workflow/is-object.ts'
import { isZodSchema, jsonSchemaOf } from '../factory/json-schema-of.ts'
import { readJson } from '../factory/read-json.ts'
import { namedCall } from '../parsers/call-shapes.ts'
import { checkedCalls } from '../parsers/define-parser.ts'
import { parseFunctionCalls } from '../parsers/parse-function-calls.ts'
import type { CustomToolFile, JsonSchema } from './file-parts.ts'

export interface CustomToolInit<Parameters extends z.ZodType | JsonSchema> {
  /** Letters, digits, spaces and `_ . : / ( ) -`, at most 64. */
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

  /**
   * The arguments of the first call of this function in a step's result, in any of the formats that `parseFunctionCalls`
   * reads. Throws `output_invalid` for anything else, with an issue per argument that does not fit.
   */
  parseCall(result: string): ArgumentsOf<Parameters> {
    const value = readJson(result)
    const call =
      // With that name, it is a call without arguments, too.
      isObject(value) && value['name'] === this.name
        ? namedCall(value, ['arguments', 'parameters'], [])
        : parseFunctionCalls(result).find(({ name }) => name === this.name)
    if (call === undefined) {
      const expected = `{"name": "${this.name}", "arguments": {…}}`
      throw new DriadError('output_invalid', `The result is no call of ${this.name}; expected ${expected}`)
    }
    if (!isZodSchema(this.parameters)) return call.arguments as ArgumentsOf<Parameters>
    const functions = { [this.name]: this.parameters }
    const [checked] = checkedCalls([call], functions, () => [])
    return checked?.arguments as ArgumentsOf<Parameters>
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
