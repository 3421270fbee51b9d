import { DriadError } from '../../protocol/errors.ts'

/** A proxy that wants to know who asks. No other try helps, a setting does. */
export function proxyRefusal(cause?: unknown): DriadError {
  return new DriadError(
    'download_failed',
    'The proxy asks for a name and a password (407). Set the proxy as http://name:password@host:port',
    { cause },
  )
}

/** Whether a request failed for that: undici says so in words alone. */
export function isProxyRefusal(cause: unknown): boolean {
  for (let error = cause, depth = 0; error instanceof Error && depth < 4; error = error.cause, depth++) {
    if (/prox/i.test(error.message) && error.message.includes('407')) return true
  }
  return false
}
