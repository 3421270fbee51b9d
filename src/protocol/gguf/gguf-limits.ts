/**
 * What a GGUF's head may claim. Far above any real model (DeepSeek-V3: 1,025 tensors, 50 keys, 5 MB of head), far
 * below what would hurt. node-llama-cpp's own reader has no such bounds: it takes a cut-off file for zeros and
 * follows absurd counts until memory or patience ends, so files are looked at here before it sees them.
 */
export const ggufLimits = {
  /** Bytes of header, metadata and tensor list together. */
  headBytes: 512 * 1024 * 1024,
  metadataKeys: 16_384,
  keyBytes: 1024,
  /** Longer texts (vocabularies, templates) are skipped, not kept. */
  textBytes: 4096,
  tensors: 262_144,
  tensorNameBytes: 1024,
  tensorDimensions: 4,
  arrayNesting: 3,
  /** Texts and arrays in all arrays together: each is looked at. The largest vocabularies have 850,000 with their merges. */
  arrayItems: 4 * 1024 * 1024,
  /** Arrays of numbers up to this length are kept: llama.cpp has at most 512 layers. Of longer ones the length is. */
  keptItems: 1024,
  /** Numbers kept of all arrays together. */
  keptNumbers: 65_536,
  alignmentBytes: 65_536,
} as const
