import type { ChosenModelView } from '../../../protocol/first-run-views.ts'
import type { PullView } from '../../../protocol/pull-views.ts'
import { pullShare } from '../models/get/pull-words.ts'
import { usePulls } from '../models/get/use-pulls.ts'

export interface ChosenPull {
  readonly pull: PullView | undefined
  /** Of the bytes that are to come, 0 to 1; undefined where that is not known yet. */
  readonly share: number | undefined
}

/** The download of the model that was chosen, while there is one. */
export function useChosenPull({ pullId }: ChosenModelView): ChosenPull {
  const pull = usePulls().data?.find(({ id }) => id === pullId)
  return { pull, share: pull === undefined ? undefined : pullShare(pull) }
}
