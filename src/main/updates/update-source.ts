import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** Where this build gets newer ones, and who must have signed them. Written into its package.json when it is packaged. */
export interface UpdateSource {
  /** A folder on a web server; ends in a slash. */
  readonly url: string
  /** Raw Ed25519 public keys in base64, of which one must have signed. */
  readonly keys: readonly string[]
  /** Packages with other back-ends have channels of their own. */
  readonly variant: 'default' | 'cuda'
}

const sourceSchema = z.object({
  url: z.url({ protocol: /^https?$/ }).transform((url) => (url.endsWith('/') ? url : `${url}/`)),
  keys: z
    .array(z.string().regex(/^[A-Za-z0-9+/]{43}=$/))
    .min(1)
    .max(8),
  variant: z.enum(['default', 'cuda']).default('default'),
})

/** Undefined where whoever built it named none. */
export function readUpdateSource(appPath: string): UpdateSource | undefined {
  const manifest: { updates?: unknown } = JSON.parse(readFileSync(join(appPath, 'package.json'), 'utf8'))
  const parsed = sourceSchema.safeParse(manifest.updates)
  return parsed.success ? parsed.data : undefined
}
