import {
  type HealthCheckView,
  type HealthState,
  type HealthView,
  healthStates,
} from '../../protocol/health-views.ts'
import { computerChecks } from './computer-checks.ts'
import type { HealthFactsNow } from './facts.ts'
import { modelChecks } from './model-checks.ts'
import { networkChecks } from './network-checks.ts'

/** Every check of what is known, in the order of subjects. */
export function healthView(facts: HealthFactsNow): HealthView {
  const computer = computerChecks(facts)
  const checks = [...networkChecks(facts), ...computer.before, ...modelChecks(facts), ...computer.after]
  return { state: worstOf(checks), checks, atMs: facts.atMs }
}

function worstOf(checks: readonly HealthCheckView[]): HealthView['state'] {
  const has = (state: HealthState) => checks.some((check) => check.state === state)
  for (const state of healthStates) {
    if (state !== 'unknown' && has(state)) return state
  }
  return 'good'
}
