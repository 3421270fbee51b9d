import type { FirstRunView } from '../../../protocol/first-run-views.ts'
import type { NodeStatusView } from '../../../protocol/views.ts'

export interface StepProps {
  readonly status: NodeStatusView
  readonly view: FirstRunView
  readonly onBack: () => void
  readonly onNext: () => void
  /** Leaves the steps. */
  readonly onDone: () => void
}
