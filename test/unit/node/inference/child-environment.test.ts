import { expect, it } from 'vitest'
import { childEnvironment } from '../../../../src/node/inference/child-environment.ts'
import { devicesOf } from '../../../../src/node/inference/devices/fixed-devices.ts'
import { CHILD_MEMORY_VARIABLES } from '../../../../src/protocol/child-environment.ts'

const operators = { CUDA_VISIBLE_DEVICES: '3', GGML_VK_VISIBLE_DEVICES: '2', HOME: '/home/a' }

it('lets a child see the devices that were chosen, and no other', () => {
  expect(childEnvironment({ devices: devicesOf(['vulkan:0', 'vulkan:2']) }, operators)).toEqual({
    ...CHILD_MEMORY_VARIABLES,
    ...operators,
    DRIAD_INFERENCE_GPU: 'vulkan',
    GGML_VK_VISIBLE_DEVICES: '0,2',
  })
  expect(childEnvironment({ devices: devicesOf(['cuda:1']) }, {})).toEqual({
    ...CHILD_MEMORY_VARIABLES,
    DRIAD_INFERENCE_GPU: 'cuda',
    CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
    CUDA_VISIBLE_DEVICES: '1',
  })
})

it('leaves the operator’s own variables alone where nothing was chosen', () => {
  expect(childEnvironment({ devices: 'auto' }, operators)).toEqual({
    ...CHILD_MEMORY_VARIABLES,
    ...operators,
    DRIAD_INFERENCE_GPU: 'auto',
  })
  expect(childEnvironment({ devices: devicesOf(['cpu']) }, {})).toEqual({
    ...CHILD_MEMORY_VARIABLES,
    DRIAD_INFERENCE_GPU: 'off',
  })
})

it('hides nothing from a probe of all devices', () => {
  const env = childEnvironment({ devices: { backend: 'vulkan' }, probe: { modelPath: '/m.gguf' } }, operators)
  expect(env).toEqual({
    ...CHILD_MEMORY_VARIABLES,
    CUDA_VISIBLE_DEVICES: '3',
    HOME: '/home/a',
    DRIAD_INFERENCE_GPU: 'vulkan',
    DRIAD_INFERENCE_PROBE: '1',
    DRIAD_INFERENCE_PROBE_MODEL: '/m.gguf',
  })
  expect(childEnvironment({ devices: 'cpu' }, env)).not.toHaveProperty('DRIAD_INFERENCE_PROBE')
})
