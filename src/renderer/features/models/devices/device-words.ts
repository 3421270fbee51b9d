import { t } from '../../../../locales/translate.ts'
import type {
  BackendProblem,
  DeviceBackend,
  DevicesView,
  DeviceView,
} from '../../../../protocol/device-views.ts'
import type { StateWords } from '../../../format/task-words.ts'

export function backendName(backend: DeviceBackend): string {
  return t(`device:backend.${backend}`)
}

/** What a person can do about a backend without a device. */
export function backendAdvice(problem: BackendProblem): string {
  return t(`models-devices:advice.${problem}`)
}

export function deviceWords(device: DeviceView, { use }: Pick<DevicesView, 'use'>): StateWords {
  if (!device.chosen) return { label: t('models-devices:state.notUsed'), tone: 'neutral' }
  if (use.state === 'fallback') return { label: t('models-devices:state.standsIn'), tone: 'waiting' }
  return { label: t('models-devices:state.inUse'), tone: 'earned' }
}

/** “Vulkan · graphics card · radv 24.2.8”; a processor is named by that alone. */
export function deviceFacts({ backend, kind, driver, driverVersion }: DeviceView): string {
  const drivenBy = [driver, driverVersion].filter((part) => part !== undefined).join(' ')
  const parts = [backendName(backend), ...(backend === 'cpu' ? [] : [t(`models-devices:kind.${kind}`)])]
  return [...parts, ...(drivenBy === '' ? [] : [t('models-devices:driver', { driver: drivenBy })])].join(
    ' · ',
  )
}
