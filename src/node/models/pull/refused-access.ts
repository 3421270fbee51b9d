import { DriadError } from '../../../protocol/errors.ts'

/** The server wants to know who asks. Says what a person can do about it. */
export function refusedAccess(refusal: {
  readonly status: number
  readonly host: string
  /** Where the licence is accepted. */
  readonly page: string | undefined
  /** Whether a token was sent. */
  readonly token: boolean
  readonly cause?: unknown
}): DriadError {
  const { status, host, page, token, cause } = refusal
  const where = page === undefined ? `at ${host}` : `at ${page}`
  const message = token
    ? `${host} does not let this access token in (${status}). Accept the model's licence ${where} with the token's account, or set another token with \`driad models token\` or in Settings`
    : `${host} asks who you are (${status}): the model is gated, or there is none of that name. Accept its licence ${where}, then set an access token with \`driad models token\` or in Settings`
  return new DriadError('download_refused', message, { cause })
}
