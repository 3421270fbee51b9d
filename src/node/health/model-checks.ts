import type { DriadErrorCode } from '../../protocol/errors.ts'
import type { HealthCheckView, HealthCode, HealthMend, HealthState } from '../../protocol/health-views.ts'
import type { HealthFactsNow, HealthModel } from './facts.ts'

const states: Readonly<Record<Exclude<HealthModel['state'], 'failed'>, readonly [HealthState, HealthCode]>> =
  {
    ready: ['good', 'model_ready'],
    idle: ['good', 'model_idle'],
    loading: ['unknown', 'model_loading'],
    unloaded: ['good', 'model_unloaded'],
    suspended: ['bad', 'model_suspended'],
    on_disk: ['good', 'model_on_disk'],
  }

const failures: Partial<Record<DriadErrorCode, HealthCode>> = {
  model_not_found: 'model_missing',
  model_invalid: 'model_damaged',
  out_of_memory: 'model_too_large',
  inference_crashed: 'model_crashed',
}

/** Each model's file, whether it is in memory, and downloads that did not come to their end. */
export function modelChecks({ models, pulls, isPullable }: HealthFactsNow): HealthCheckView[] {
  const checks: HealthCheckView[] = []
  if (models !== undefined) {
    checks.push(...models.map((model) => modelCheck(model, isPullable?.(model.name) === true)))
    // One that is loaded when a task asks for it is served as well as one in memory.
    const serves = models.some(({ state }) => ['ready', 'idle', 'loading', 'on_disk'].includes(state))
    if (!serves) {
      checks.unshift({
        id: 'models',
        subject: 'models',
        state: 'bad',
        code: 'models_none',
        facts: {},
        mends: [{ act: 'open', place: 'models' }],
      })
    }
  }
  for (const { id, name, state, error } of pulls ?? []) {
    if (state !== 'failed') continue
    checks.push({
      id: `downloads:${id}`,
      subject: 'downloads',
      state: 'attention',
      code: 'download_failed',
      facts: { name, error: error?.code ?? 'internal' },
      mends: [
        { act: 'retry_download', id },
        { act: 'open', place: 'models/get' },
      ],
    })
  }
  return checks
}

function modelCheck(model: HealthModel, pullable: boolean): HealthCheckView {
  const { name, state, error, sha256, sizeBytes } = model
  const base = { id: `models:${name}`, subject: 'models' } as const
  const facts = { name, sizeBytes }
  if (state !== 'failed') {
    const [health, code] = states[state]
    const served = state === 'ready' || state === 'idle'
    if (served && sha256 === undefined) {
      // Others take a model for what its digest says: without one it gets no tasks.
      return { ...base, state: 'unknown', code: 'model_without_digest', facts, mends: [] }
    }
    const mends: HealthMend[] =
      state === 'suspended' ? [{ act: 'probe_devices' }, { act: 'open', place: 'models/devices' }] : []
    return { ...base, state: health, code, facts, mends }
  }
  const code = (error === undefined ? undefined : failures[error.code]) ?? 'model_failed'
  const again: HealthMend[] =
    (code === 'model_missing' || code === 'model_damaged') && pullable && !model.builtIn
      ? [{ act: 'pull_model', name }]
      : [{ act: 'load_model', name }]
  return {
    ...base,
    state: 'bad',
    code,
    facts: { ...facts, error: error?.code ?? 'internal' },
    mends: [...again, { act: 'open', place: 'models' }],
  }
}
