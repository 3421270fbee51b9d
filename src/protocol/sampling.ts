import { z } from 'zod'

/** Stop texts of one request, and characters of each. */
export const STOP_TEXTS = 16
export const STOP_LENGTH = 256

export const stopTexts = z.array(z.string().min(1).max(STOP_LENGTH)).max(STOP_TEXTS)

const penalty = z.number().min(-2).max(2).optional()

/** How a model is to choose its tokens. Absent fields take the model's own defaults, or those named here. */
export const samplingSchema = z.object({
  /** 0 always takes the likeliest token. */
  temperature: z.number().min(0).max(2).optional(),
  /** Seeds the choice of tokens, and the `sample` operator. Unsigned 32 bits. */
  seed: z.int().min(0).max(0xffff_ffff).optional(),
  /** Only the likeliest tokens whose probabilities add up to this; 0.95. */
  topP: z.number().min(0).max(1).optional(),
  /** Only so many of the likeliest tokens, 0 for all; 40. */
  topK: z.int().min(0).max(1_000_000).optional(),
  /** Only tokens with at least this part of the likeliest one's probability; 0.05. */
  minP: z.number().min(0).max(1).optional(),
  /** Divides the logits of tokens among the last 64, the prompt's included; 1 changes nothing. */
  repeatPenalty: z.number().min(0.01).max(10).optional(),
  /** Taken off once from tokens that came. */
  presencePenalty: penalty,
  /** Taken off from tokens as often as they came. */
  frequencyPenalty: penalty,
  /** The answer ends before the first of these. They mean nothing in JSON that a schema asks for. */
  stop: stopTexts.optional(),
})

export type SamplingOptions = Readonly<z.output<typeof samplingSchema>>

const samplingKeys = Object.keys(samplingSchema.shape) as (keyof SamplingOptions)[]

/** Of anything that has these fields among others, just these, without what is not set. */
export function samplingOf(
  from: { readonly [Key in keyof SamplingOptions]?: SamplingOptions[Key] | undefined },
): SamplingOptions {
  const set = samplingKeys.filter((key) => {
    const value = from[key]
    return value !== undefined && !(Array.isArray(value) && value.length === 0)
  })
  return Object.fromEntries(set.map((key) => [key, from[key]]))
}
