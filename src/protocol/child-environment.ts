/**
 * Environment of the inference child. `off` keeps it from touching a GPU, `auto` lets llama.cpp look for one, and the
 * name of a backend (`cuda`, `vulkan`, `metal`) makes it use that one or fail.
 */
export const CHILD_GPU_VARIABLE = 'DRIAD_INFERENCE_GPU'

/**
 * For glibc, which keeps what is freed: one arena for each thread, and in it all blocks below a threshold that grows
 * with use. Measured, a child that loaded and unloaded ten models held 170 MB more than before without these, 15 MB with.
 * Other allocators do not look at them.
 */
export const CHILD_MEMORY_VARIABLES = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_TRIM_THRESHOLD_: '131072',
  MALLOC_MMAP_THRESHOLD_: '131072',
} as const
/** Set in a child that only looks what there is, tells it and ends. */
export const CHILD_PROBE_VARIABLE = 'DRIAD_INFERENCE_PROBE'

/** The model that such a child computes a few tokens of, to see whether the device works; absent for a mere look. */
export const CHILD_PROBE_MODEL_VARIABLE = 'DRIAD_INFERENCE_PROBE_MODEL'
