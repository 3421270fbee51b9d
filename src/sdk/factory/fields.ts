import { z } from 'zod'

/** A text with something in it. */
export function filled(description: string): z.ZodString {
  return z.string().regex(/\S/, 'a text that is not empty').describe(description)
}

/** A whole number within bounds. */
export function whole(min: number, max: number, description: string): z.ZodInt {
  return z.int().min(min).max(max).describe(description)
}

/** A text that decoding keeps to at most so many characters. */
export function bounded(max: number, description: string, min = 1): z.ZodString {
  return z.string().min(min).max(max).describe(description)
}
