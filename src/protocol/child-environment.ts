/** Environment variable of the inference child: `off` keeps it from touching a GPU, `auto` lets it. */
export const CHILD_GPU_VARIABLE = 'DRIAD_INFERENCE_GPU'
