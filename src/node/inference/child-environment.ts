import {
  CHILD_GPU_VARIABLE,
  CHILD_MEMORY_VARIABLES,
  CHILD_PROBE_MODEL_VARIABLE,
  CHILD_PROBE_VARIABLE,
} from '../../protocol/child-environment.ts'
import type { GpuBackend } from '../../protocol/device-views.ts'
import type { LaunchOptions } from './contract.ts'

/** What each backend reads the devices from that it may see; Metal has one device. */
export const visibilityVariables: Readonly<Partial<Record<GpuBackend, string>>> = {
  cuda: 'CUDA_VISIBLE_DEVICES',
  vulkan: 'GGML_VK_VISIBLE_DEVICES',
}

/**
 * The environment of a child that computes on what `options` says and can see nothing else: a device that was not
 * chosen is not even known to it. With `auto`, the operator's own variables stay as they are.
 */
export function childEnvironment(
  { devices, probe }: LaunchOptions,
  base: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...CHILD_MEMORY_VARIABLES, ...base }
  for (const name of [CHILD_PROBE_VARIABLE, CHILD_PROBE_MODEL_VARIABLE]) delete env[name]
  if (probe !== undefined) {
    env[CHILD_PROBE_VARIABLE] = '1'
    if (probe.modelPath !== undefined) env[CHILD_PROBE_MODEL_VARIABLE] = probe.modelPath
  }
  if (typeof devices === 'string') {
    env[CHILD_GPU_VARIABLE] = devices === 'cpu' ? 'off' : 'auto'
    return env
  }
  env[CHILD_GPU_VARIABLE] = devices.backend
  // Without it CUDA counts the fastest first, and numbers change with every other card.
  if (devices.backend === 'cuda') env['CUDA_DEVICE_ORDER'] ??= 'PCI_BUS_ID'
  const variable = visibilityVariables[devices.backend]
  if (variable === undefined) return env
  if (devices.selectors === undefined) delete env[variable]
  else env[variable] = devices.selectors.join(',')
  return env
}
