/**
 * Stable failure codes. The SDK, the CLI and the window switch on these, never on messages.
 * Codes are append-only: an old requester must be able to name what a newer node tells it.
 */
export const driadErrorCodes = [
  // What a requester gave us is wrong.
  'bad_workflow',
  'bad_offer',
  'bad_message',
  'bad_signature',
  'bad_setting',
  'bad_usage',
  'too_large',
  // A task could not be placed.
  'model_unavailable',
  'operator_unavailable',
  'tool_unavailable',
  'no_capacity',
  'no_node',
  'price_too_high',
  'unpaid_limit',
  // A task ran and failed.
  'missing_input',
  'condition_not_numeric',
  'check_failed',
  'max_steps_exceeded',
  'max_time_exceeded',
  'deadline_exceeded',
  'context_exceeded',
  'output_invalid',
  'results_differ',
  'cancelled',
  'inference_crashed',
  'tool_failed',
  'tool_refused',
  // Models and inference.
  'model_not_found',
  'model_invalid',
  'out_of_memory',
  'download_failed',
  'download_refused',
  'download_corrupt',
  'device_unavailable',
  'catalogue_invalid',
  // This computer.
  'data_folder_in_use',
  'port_in_use',
  'store_corrupt',
  'store_newer',
  'disk_full',
  'data_folder_unusable',
  'ledger_invalid',
  'identity_invalid',
  'unknown_task',
  'network_unreachable',
  'stopping',
  'internal',
  'safe_mode',
  // Said by a requester of a result.
  'verification_failed',
  // A backup of the identity.
  'backup_invalid',
  'wrong_passphrase',
  'identity_in_use',
] as const
export type DriadErrorCode = (typeof driadErrorCodes)[number]

/** One thing wrong with an input: where it is (`tasks[2].inputs[0].value.type`), what was expected, what was found. */
export interface InputIssue {
  readonly path: string
  readonly expected: string
  readonly found?: string
}

export interface DriadErrorOptions extends ErrorOptions {
  readonly issues?: readonly InputIssue[]
}

/** A failure with a reason that may be told to whoever asked. The original stays on `cause`, for our own log only. */
export class DriadError extends Error {
  override readonly name = 'DriadError'
  readonly issues: readonly InputIssue[]

  constructor(
    readonly code: DriadErrorCode,
    message: string,
    options?: DriadErrorOptions,
  ) {
    super(message, options)
    this.issues = options?.issues ?? []
  }

  /** Classifies anything that was thrown; a `DriadError` is returned as it is. */
  static from(cause: unknown, fallback: DriadErrorCode = 'internal'): DriadError {
    if (cause instanceof DriadError) return cause
    if (cause instanceof Error && cause.name === 'TimeoutError') {
      return new DriadError('deadline_exceeded', 'It took longer than its time limit', { cause })
    }
    if (cause instanceof Error && cause.name === 'AbortError') {
      return new DriadError('cancelled', 'It was cancelled', { cause })
    }
    const message = cause instanceof Error ? cause.message : String(cause)
    return new DriadError(fallback, fallback === 'internal' ? `Unexpected failure: ${message}` : message, {
      cause,
    })
  }
}

export function isDriadErrorCode(code: string): code is DriadErrorCode {
  return (driadErrorCodes as readonly string[]).includes(code)
}
