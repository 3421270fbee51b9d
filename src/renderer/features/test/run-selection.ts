/** What of a run is looked at: the same in its graph, its steps and its memory. */
export interface RunSelection {
  readonly taskId?: string | undefined
  /** A step's index; absent for a task that did not run. */
  readonly step?: number | undefined
}
