/** Sizes of a catalogue, checked before and while it is read: it comes from the network. */
const MIB = 1024 * 1024

/** The JSON text. */
export const CATALOGUE_BYTES = 4 * MIB
export const MODELS = 2_000
export const VARIANTS_PER_MODEL = 32
export const ALIASES_PER_VARIANT = 16
export const FILES_PER_VARIANT = 256
export const REFERENCE_MACHINES = 100

/** Characters of a group or wildcard in a task's set of models, and `*` in it. */
export const PATTERN_LENGTH = 128
export const STARS_PER_PATTERN = 4
