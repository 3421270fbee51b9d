/**
 * What a model's memory depends on besides the size of its weights: from a GGUF's head, or from the catalogue where
 * there is no file yet. All are counts; lengths are in elements.
 */
export interface ModelShape {
  readonly architecture: string
  readonly layers: number
  /** Width of the hidden state. */
  readonly embedding: number
  readonly heads: number
  /** Heads that keys and values are kept for; the most of any layer. */
  readonly kvHeads: number
  /** Of one head. */
  readonly keyLength: number
  readonly valueLength: number
  readonly feedForward: number
  readonly vocabulary: number
  /** Where layers see only the last tokens: how many, and how many layers of all. */
  readonly slidingWindow?: { readonly tokens: number; readonly layers: number }
  /**
   * Elements of keys and values that a token leaves, of all layers together: of those that see everything, and of those
   * with a window. Where absent, all layers have `kvHeads` of `keyLength` and `valueLength`.
   */
  readonly kvElements?: { readonly full: number; readonly window: number }
  /** Where layers keep a state instead: its elements for one sequence, of all layers, and how wide the inner state is. */
  readonly recurrent?: { readonly elements: number; readonly width: number }
  /** Where a token uses only some of many feed-forward parts, each of `feedForward`. */
  readonly experts?: { readonly count: number; readonly used: number; readonly feedForward: number }
}
