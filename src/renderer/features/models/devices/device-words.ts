import type {
  BackendProblem,
  DeviceBackend,
  DeviceKind,
  DevicesView,
  DeviceView,
  ProbeCause,
} from '../../../../protocol/device-views.ts'
import type { StateWords } from '../../../format/task-words.ts'

export const backendNames: Readonly<Record<DeviceBackend, string>> = {
  cuda: 'CUDA',
  metal: 'Metal',
  vulkan: 'Vulkan',
  cpu: 'Processor',
}

export const kindNames: Readonly<Record<DeviceKind, string>> = {
  discrete: 'graphics card',
  integrated: 'shares the computer’s memory',
  software: 'made of the processor',
  cpu: 'processor',
}

/** After “Looked”. */
export const causeWords: Readonly<Record<ProbeCause, string>> = {
  started: 'when Driad started',
  resumed: 'after the computer slept',
  asked: 'because you asked',
  retry: 'by itself, as something was missing',
  died: 'after the inference process ended unexpectedly',
}

/** What a person can do about a backend without a device. */
export const backendAdvice: Readonly<Record<BackendProblem, string>> = {
  not_here: 'Nothing needs to be done: it is for other computers.',
  library_missing: 'Install Driad again, from its complete package.',
  driver_missing:
    'Install the driver of your graphics card, restart the computer if it asks for that, then look again.',
  no_device: 'If there is such a card, see that its driver is running, then look again.',
  failed: 'Update the driver of your graphics card, then look again.',
  crashed: 'The driver crashed, in a process of its own. Update it, then look again.',
  timed_out: 'The driver did not answer. Restart the computer or update the driver, then look again.',
}

export function deviceWords(device: DeviceView, { use }: Pick<DevicesView, 'use'>): StateWords {
  if (!device.chosen) return { label: 'Not used', tone: 'neutral' }
  if (use.state === 'fallback') return { label: 'Stands in', tone: 'waiting' }
  return { label: 'In use', tone: 'earned' }
}

/** “Vulkan · graphics card · radv 24.2.8”; a processor is named by that alone. */
export function deviceFacts({ backend, kind, driver, driverVersion }: DeviceView): string {
  const drivenBy = [driver, driverVersion].filter((part) => part !== undefined).join(' ')
  const parts = backend === 'cpu' ? [backendNames.cpu] : [backendNames[backend], kindNames[kind]]
  return [...parts, ...(drivenBy === '' ? [] : [`driver ${drivenBy}`])].join(' · ')
}
