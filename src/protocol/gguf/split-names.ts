/** A part of a split model, by its file's name: `name-00001-of-00003.gguf`. llama.cpp finds the others by it. */
export interface SplitName {
  /** What comes before the number, a path perhaps. */
  readonly prefix: string
  /** From 1. */
  readonly part: number
  readonly parts: number
}

/** As many as the name has digits for would be 99,999. */
export const MAX_SPLIT_PARTS = 512

export function splitNameOf(path: string): SplitName | undefined {
  const match = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/.exec(path)
  if (match === null) return undefined
  const [prefix = '', part, parts] = match.slice(1)
  const name = { prefix, part: Number(part), parts: Number(parts) }
  return name.part >= 1 && name.part <= name.parts && name.parts <= MAX_SPLIT_PARTS ? name : undefined
}

/** The names of all parts, in order. */
export function splitPaths({ prefix, parts }: SplitName): string[] {
  const digits = (number: number) => String(number).padStart(5, '0')
  return Array.from(
    { length: parts },
    (_, index) => `${prefix}-${digits(index + 1)}-of-${digits(parts)}.gguf`,
  )
}

/** The files of a model whose (first) file is that one. */
export function modelFilesOf(path: string): string[] {
  const split = splitNameOf(path)
  return split === undefined || split.parts === 1 ? [path] : splitPaths(split)
}
