import {
  type AbsenceCause,
  type BackendProblem,
  type DeviceBackend,
  type DeviceCause,
  gpuBackends,
  type IgnoredCause,
} from '../../protocol/device-views.ts'
import { t } from '../translate.ts'

/** Why a device is left alone, in a sentence without its full stop. */
export function ignoredWords(cause: IgnoredCause): string {
  return t(`device:ignored.${cause}`)
}

/** Why models are not computed on what they ought to be, in a sentence without its full stop. */
export function deviceCause(cause: DeviceCause): string {
  const { code, device } = cause
  switch (code) {
    case 'gone':
    case 'absent':
      return t(`device:cause.${code}`, { device, why: absence(cause.why) })
    case 'weaker':
      return t('device:cause.weaker', { device, why: absence(cause.why), others: cause.others.join(', ') })
    case 'broken':
      return t('device:cause.broken', { device })
  }
}

/** What keeps a backend from having a device, in a sentence without its full stop. */
export function problemWords(backend: DeviceBackend, problem: BackendProblem): string {
  const gpu = gpuBackends.find((each) => each === backend)
  if (problem === 'not_here' || problem === 'no_device')
    return gpu === undefined ? t('device:problem.failed', { backend }) : t(`device:problem.${problem}.${gpu}`)
  return t(`device:problem.${problem}`, { backend: t(`device:backend.${backend}`) })
}

function absence(why: AbsenceCause): string {
  switch (why.code) {
    case 'problem':
      return problemWords(why.backend, why.problem)
    case 'no_backend':
      return t('device:absence.no_backend', { backend: why.backend })
    case 'others_only':
      return t('device:absence.others_only', { devices: why.devices.join(', ') })
  }
}
