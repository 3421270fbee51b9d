import { hkdfSync } from 'node:crypto'
import type { Identity } from '../identity/contract.ts'

/** What the draw of checks hangs on: of the identity's key, so that every process and every run of it draws alike. */
export function checkSecret({ privateKey }: Pick<Identity, 'privateKey'>): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', privateKey.raw, '', 'driad/1/check-draw', 32))
}
