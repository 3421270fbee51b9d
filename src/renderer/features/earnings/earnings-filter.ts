/** What the charts of earnings are limited to. */
export interface EarningsFilter {
  readonly model?: string | undefined
  /** Peer id. */
  readonly requester?: string | undefined
}
