import { z } from 'zod'
import type { ModelShape } from '../gguf/model-shape.ts'
import { modelNameSchema } from '../wire/checks.ts'
import { modelGroups } from './groups.ts'
import {
  ALIASES_PER_VARIANT,
  FILES_PER_VARIANT,
  MODELS,
  REFERENCE_MACHINES,
  VARIANTS_PER_MODEL,
} from './limits.ts'

/** The format; a catalogue of a later one is for a later program. */
export const CATALOGUE_FORMAT = 1

const text = (longest: number) => z.string().min(1).max(longest)
const webAddress = z.url({ protocol: /^https?$/ }).max(512)
const count = z.int().min(1).max(Number.MAX_SAFE_INTEGER)
const whole = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
const small = z.int().min(1).max(100_000_000)

const shapeSchema: z.ZodType<ModelShape> = z
  .strictObject({
    architecture: text(64),
    layers: small,
    embedding: small,
    heads: small,
    kvHeads: small,
    keyLength: small,
    valueLength: small,
    feedForward: small,
    vocabulary: small,
    slidingWindow: z.strictObject({ tokens: small, layers: small }).optional(),
    kvElements: z.strictObject({ full: whole, window: whole }).optional(),
    recurrent: z.strictObject({ elements: whole, width: whole }).optional(),
    experts: z.strictObject({ count: small, used: small, feedForward: small }).optional(),
  })
  .refine((shape) => shape.heads % shape.kvHeads === 0, {
    path: ['kvHeads'],
    message: 'a divisor of heads',
  })
  .refine((shape) => (shape.slidingWindow?.layers ?? 0) <= shape.layers, {
    path: ['slidingWindow', 'layers'],
    message: 'at most as many as layers',
  })
  .transform(({ slidingWindow, kvElements, recurrent, experts, ...shape }) => ({
    ...shape,
    ...(slidingWindow && { slidingWindow }),
    ...(kvElements && { kvElements }),
    ...(recurrent && { recurrent }),
    ...(experts && { experts }),
  }))

/** A path below a repository, which becomes a path below a folder here: nothing of it may lead out. */
const filePath = text(256)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*(\/[A-Za-z0-9][A-Za-z0-9._+-]*)*$/, 'a relative path')
  .regex(/\.gguf$/i, 'a GGUF file')

const fileSchema = z.object({
  path: filePath,
  sizeBytes: count.optional(),
  /** Hex. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hex')
    .optional(),
})

const variantSchema = z.object({
  /** The name that tasks and nodes use. */
  name: modelNameSchema,
  /** Other names for the same; a task may use them, on the wire they become `name`. */
  aliases: z.array(modelNameSchema).max(ALIASES_PER_VARIANT).default([]),
  quantisation: text(16).regex(/^[A-Z0-9_]+$/, 'a quantisation such as Q4_K_M'),
  /** `owner/name` on Hugging Face. */
  repository: text(128).regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/, 'owner/name'),
  /** In order; several are one split GGUF, and the first is the one to load. */
  files: z.array(fileSchema).min(1).max(FILES_PER_VARIANT),
})

const modelSchema = z.object({
  id: text(64).regex(/^[a-z0-9][a-z0-9.-]*$/, 'lower-case letters, digits, dots and hyphens'),
  title: text(80),
  family: text(40),
  /** Month of its publication: `2024-07`. */
  released: z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'a month such as 2024-07'),
  /** All of its weights. */
  parameterCount: count,
  /** What one token goes through, where that is not all: mixtures of experts. */
  activeParameterCount: count.optional(),
  /** Tokens that it was made for. */
  contextLength: small,
  licence: z.object({
    id: text(64),
    url: webAddress,
    /** Its files are given out only to who has accepted the licence: with an access token. */
    gated: z.boolean().optional(),
  }),
  kind: z.enum(['chat', 'base', 'embedding']),
  groups: z.array(z.enum(modelGroups)).max(modelGroups.length),
  /** How good, to order by: higher is better, among models of one kind. By the rule of quality.ts where absent. */
  quality: z.object({ rank: z.number().min(0).max(100), source: text(512) }).optional(),
  shape: shapeSchema.optional(),
  /** The first is what is meant where nobody says which. */
  variants: z.array(variantSchema).min(1).max(VARIANTS_PER_MODEL),
})

/** A machine with published llama-bench figures, to estimate others' speeds from. */
const referenceMachineSchema = z.object({
  device: text(80),
  backend: z.enum(['cuda', 'metal', 'vulkan', 'rocm', 'sycl', 'cpu']),
  /** 1e9 bytes a second, by the maker's data sheet. */
  memoryBandwidthGBs: z.number().positive().max(100_000),
  model: text(80),
  parameterCount: count,
  quantisation: text(16),
  /** Prompt tokens a second, 512 at once. */
  pp512: z.number().positive(),
  /** Generated tokens a second, 128 of one sequence. */
  tg128: z.number().positive(),
  source: webAddress,
})

export const catalogueSchema = z
  .object({
    format: z.literal(CATALOGUE_FORMAT),
    /** When it was made. Of two, the later counts, and no earlier one is taken after it. */
    issuedAt: z.iso.datetime(),
    models: z.array(modelSchema).max(MODELS),
    referenceMachines: z.array(referenceMachineSchema).max(REFERENCE_MACHINES).default([]),
  })
  .superRefine(({ models }, context) => {
    const seen = new Map<string, string>()
    const once = (name: string, where: (string | number)[]) => {
      const before = seen.get(name)
      if (before === undefined) seen.set(name, where.join('.'))
      else
        context.addIssue({ code: 'custom', path: where, message: `a name of its own: ${before} has ${name}` })
    }
    for (const [index, model] of models.entries()) {
      once(`id ${model.id}`, ['models', index, 'id'])
      for (const [at, variant] of model.variants.entries()) {
        const path = ['models', index, 'variants', at]
        once(variant.name, [...path, 'name'])
        for (const [alias, name] of variant.aliases.entries()) once(name, [...path, 'aliases', alias])
      }
    }
  })

export type CatalogueFile = z.output<typeof fileSchema>
export type CatalogueVariant = z.output<typeof variantSchema>
export type CatalogueKind = z.output<typeof modelSchema>['kind']

export interface Quality {
  readonly rank: number
  /** Where the figure is from; `rule` is that of quality.ts. */
  readonly source: string
}
/** A model as the catalogue has it: always with a quality. */
export type CatalogueModel = Omit<z.output<typeof modelSchema>, 'quality'> & { readonly quality: Quality }
export interface Catalogue extends Omit<z.output<typeof catalogueSchema>, 'models'> {
  readonly models: readonly CatalogueModel[]
}
