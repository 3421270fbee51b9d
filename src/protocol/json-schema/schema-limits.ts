/**
 * Bounds on a stranger's JSON Schema, checked before llama.cpp sees a grammar of it. llama.cpp has no memory bound of
 * its own for grammars, and takes a repetition above 2,000 silently for an endless one.
 */
export const schemaLimits = {
  /** Characters of the schema as JSON. */
  chars: 64 * 1024,
  /** Levels of schemas in schemas, references followed included. */
  depth: 64,
  /** Sub-schemas, after references are resolved (each one once) and recursion is unrolled. */
  nodes: 5000,
  /** Values of all enums together. */
  literals: 4000,
  /** The longest string or array that can be asked for; a larger maximum is lowered to it. */
  repetition: 2000,
  /** All bounded lengths together: llama.cpp writes out each repetition as rules. */
  totalRepetition: 20_000,
  /** Readings of the same text that llama.cpp would have to follow side by side. */
  ambiguity: 256,
  /** Pairs of shapes that are compared to tell whether alternatives exclude each other. */
  comparisons: 20_000,
  /** Parts of all `allOf` together, followed through their references. */
  mergedParts: 2000,
  /** Values looked at to tell which references lead back to themselves. */
  followed: 300_000,
  /** How deep a schema that contains itself may nest; fewer levels are tried where this many are too much. */
  recursion: [8, 5, 3, 2],
  /** Problems listed in an error. */
  issues: 20,
} as const
