import type { LocalModelSource } from '../../../protocol/local-model-views.ts'

/** A file that a place offers as a model, before anybody looked into it. */
export interface FoundFile {
  readonly source: LocalModelSource
  readonly path: string
  /** As its program calls it. */
  readonly name: string
  /** SHA-256 in hex, as its program claims it. */
  readonly claimedSha256?: string
  /** Why it is no model by itself, whatever the file says. */
  readonly unusable?: string
}
