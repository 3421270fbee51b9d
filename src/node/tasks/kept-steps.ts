import { clippedReportJson } from '../../protocol/workflow/clip-report.ts'
import type { StepReport } from '../../protocol/workflow/step-report.ts'

/** Steps of a run that are kept, the newest. */
export const KEPT_STEPS = 200
/** Bytes of each. */
const STEP_BYTES = 4096

/** The newest steps of a run, as JSON, until they are stored. */
export class KeptSteps {
  #steps: string[] = []

  /** That a step began is not kept. */
  push(report: StepReport): void {
    if (report.type !== 'step_ended') return
    this.#steps.push(clippedReportJson(report, STEP_BYTES))
    if (this.#steps.length > KEPT_STEPS) this.#steps.shift()
  }

  /** Those that came since the last call, the oldest first. */
  take(): readonly string[] {
    return this.#steps.splice(0)
  }
}
