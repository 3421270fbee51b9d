import { INPUT_KEY } from '../../protocol/workflow/schema.ts'
import type { InputFile } from './file-parts.ts'

/**
 * What a step reads, or a condition looks at, or a workflow returns. Placeholders use its `name`: `{{name}}`.
 * Made by `Read`, `Peek`, `Pop`, `GetAll`, `Size`, `Input`, `String` and `Search`.
 */
export type MemoryInput = Readonly<InputFile>

export interface InputOptions {
  /** Whether the step fails when there is no such value; true where absent. If false it is then an empty text. */
  readonly required?: boolean
  /** The name that placeholders use, where it is not the key. */
  readonly name?: string
}

/** Reads a cache entry. */
export const Read = {
  new: (key: string, options: InputOptions = {}): MemoryInput => input(key, { type: 'read', key }, options),
} as const

/** Reads an item of a stack: 0 is the oldest (as where absent), -1 the newest. */
export const Peek = {
  new: (
    key: string,
    { index = 0, ...options }: InputOptions & { readonly index?: number } = {},
  ): MemoryInput => input(key, { type: 'peek', key, index }, options),
} as const

/** Takes the newest item off a stack. */
export const Pop = {
  new: (key: string, options: InputOptions = {}): MemoryInput => input(key, { type: 'pop', key }, options),
} as const

/** Reads all items of a stack, the oldest first. */
export const GetAll = {
  new: (key: string, options: InputOptions = {}): MemoryInput =>
    input(key, { type: 'get_all', key }, options),
} as const

/** How many items a stack has; 0 where there is no such stack. */
export const Size = {
  new: (key: string, options: InputOptions = {}): MemoryInput => input(key, { type: 'size', key }, options),
} as const

/** The run's input: what `Task` was given as `input`. Placeholders call it `{{input}}`. */
export const Input = {
  new: (options: InputOptions = {}): MemoryInput =>
    input('input', { type: 'input', key: INPUT_KEY }, options),
} as const

/** A text of its own, under a name. The SDK exports it as `String`. */
export const StringInput = {
  new: (name: string, value: string, options: Pick<InputOptions, 'required'> = {}): MemoryInput =>
    input(name, { type: 'string', key: value }, options),
} as const

export interface SearchOptions extends Pick<InputOptions, 'required'> {
  /** What to look for: a text, or where to read it from. */
  readonly query: string | MemoryInput
}

/** The texts of the run's file system (see `Insert`) that are closest in meaning to a query, under a name. */
export const Search = {
  new: (name: string, { query, ...options }: SearchOptions): MemoryInput =>
    input(
      name,
      typeof query === 'string'
        ? { type: 'search', key: query }
        : {
            type: 'search',
            key: name,
            search_query: { type: query.value.type, key: query.value.key ?? '' },
          },
      options,
    ),
} as const

function input(key: string, value: InputFile['value'], options: InputOptions): MemoryInput {
  return { name: options.name ?? key, value, required: options.required ?? true }
}
