import type { DevicesView } from '../../../protocol/device-views.ts'
import type { GpuMemoryView } from '../../../protocol/fit-views.ts'

/** The GPUs that models are put on, as what may be fitted into their memory is worked out; none while that is not known. */
export function gpusInUse(view: DevicesView | undefined): GpuMemoryView[] {
  return (view?.devices ?? [])
    .filter(({ chosen, backend }) => chosen && backend !== 'cpu')
    .map(({ name, backend, kind, totalBytes, freeBytes }) => ({
      name,
      backend,
      totalBytes,
      freeBytes,
      unified: kind !== 'discrete',
    }))
}
