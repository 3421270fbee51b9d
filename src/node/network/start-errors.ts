import { DriadError } from '../../protocol/errors.ts'

/** The reason for which libp2p did not start, with a code where we know what a person can do. */
export function startError(cause: unknown): DriadError {
  const message = cause instanceof Error ? cause.message : String(cause)
  // libp2p joins the reasons of all addresses into one text: "  /ip4/…/tcp/4001: listen EADDRINUSE: address …".
  const lines = message.split('\n').map((line) => line.trim())
  const used = lines.find((line) => line.includes('EADDRINUSE'))
  if (used !== undefined) {
    return new DriadError(
      'port_in_use',
      `Another program listens on ${addressOf(used)} already. Stop it, or choose another port`,
      { cause },
    )
  }
  const refused = lines.find((line) => /EACCES|EADDRNOTAVAIL|EPERM/.test(line))
  if (refused !== undefined) {
    const why = refused.includes('EADDRNOTAVAIL')
      ? 'this computer has no such address'
      : 'it is not allowed (ports below 1024 need special rights)'
    return new DriadError('bad_setting', `Cannot listen on ${addressOf(refused)}: ${why}`, { cause })
  }
  return DriadError.from(cause)
}

function addressOf(line: string): string {
  return /\/\S+(?=:\s)/.exec(line)?.[0] ?? line
}
