import { DriadError, type DriadErrorCode, isDriadErrorCode } from '../../../protocol/errors.ts'
import type { PullState } from '../../../protocol/pull-views.ts'
import type { Reader, Store } from '../../store/contract.ts'
import { type PullRequest, pullRequestSchema } from './pull-request.ts'

/** Downloads that are not at their end. More than a person has in mind. */
export const MAX_PENDING = 64
/** Ended ones that are kept to be looked at. */
const KEPT_ENDED = 50

/** Not at their end: they wait for something, if only for a person. */
const PENDING = "('queued', 'downloading', 'verifying', 'paused', 'failed')"
/** Going on, or to go on by itself. */
const ACTIVE = "('queued', 'downloading', 'verifying')"

/** A download as it is kept. */
export interface PullRow {
  readonly id: string
  readonly name: string
  readonly request: PullRequest
  readonly load: boolean
  readonly state: PullState
  readonly receivedBytes: number
  readonly totalBytes: number | undefined
  readonly tries: number
  readonly nextTryAtMs: number | undefined
  readonly error: { readonly code: DriadErrorCode; readonly message: string } | undefined
  readonly verified: boolean | undefined
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

interface RawRow {
  id: string
  name: string
  request: string
  load: number
  state: PullState
  received_bytes: number
  total_bytes: number | null
  tries: number
  next_try_at_ms: number | null
  error_code: string | null
  error_message: string | null
  verified: number | null
  created_at_ms: number
  updated_at_ms: number
}

/** What a change of state says besides. What it leaves out is forgotten, but for the bytes. */
export interface PullChange {
  readonly state: PullState
  readonly error?: DriadError | undefined
  readonly tries?: number
  readonly nextTryAtMs?: number
  readonly verified?: boolean
  readonly request?: PullRequest
  readonly load?: boolean
}

/** The table `pulls`. Several processes read and write it; who downloads is settled by locks, not here. */
export class PullRows {
  readonly #store: Pick<Store, 'write'> & Reader
  readonly #now: () => number

  constructor(store: Pick<Store, 'write'> & Reader, now: () => number = Date.now) {
    this.#store = store
    this.#now = now
  }

  all(): PullRow[] {
    return this.#store.all<RawRow>('SELECT * FROM pulls ORDER BY id').flatMap(rowOf)
  }

  get(id: string): PullRow | undefined {
    return this.#store.all<RawRow>('SELECT * FROM pulls WHERE id = ?', id).flatMap(rowOf)[0]
  }

  /** The one of that name that is not at its end. */
  pending(name: string): PullRow | undefined {
    return this.#store
      .all<RawRow>(`SELECT * FROM pulls WHERE name = ? AND state IN ${PENDING}`, name)
      .flatMap(rowOf)[0]
  }

  /** Throws `no_capacity` where there are too many. What has ended under this name is forgotten. */
  async insert(row: Pick<PullRow, 'id' | 'name' | 'request' | 'load' | 'state'>): Promise<void> {
    const atMs = this.#now()
    await this.#store.write((tx) => {
      const pending = tx.get<{ count: number }>(
        `SELECT count(*) AS count FROM pulls WHERE state IN ${PENDING}`,
      )
      if ((pending?.count ?? 0) >= MAX_PENDING)
        throw new DriadError('no_capacity', `There are ${MAX_PENDING} downloads already; cancel one first`)
      const twin = tx.get(`SELECT id FROM pulls WHERE name = ? AND state IN ${PENDING}`, row.name)
      if (twin !== undefined)
        throw new DriadError('bad_setting', `There is a download of ${row.name} already`)
      tx.run(`DELETE FROM pulls WHERE name = ? AND state IN ('completed', 'cancelled')`, row.name)
      tx.run(
        `INSERT INTO pulls (id, name, request, load, state, received_bytes, tries, created_at_ms, updated_at_ms)
         VALUES (?, ?, ?, ?, ?, 0, 0, ?, ?)`,
        row.id,
        row.name,
        JSON.stringify(row.request),
        row.load ? 1 : 0,
        row.state,
        atMs,
        atMs,
      )
      tx.run(
        `DELETE FROM pulls WHERE state IN ('completed', 'cancelled') AND id NOT IN (
           SELECT id FROM pulls WHERE state IN ('completed', 'cancelled') ORDER BY updated_at_ms DESC LIMIT ?)`,
        KEPT_ENDED,
      )
    })
  }

  /** Changes the state, if it is one of `from` still: another process may have been quicker. Resolves to whether it was. */
  async change(id: string, from: readonly PullState[], change: PullChange): Promise<boolean> {
    const { changes } = await this.#store.write((tx) => {
      if (change.request !== undefined)
        tx.run('UPDATE pulls SET request = ? WHERE id = ?', JSON.stringify(change.request), id)
      if (change.load !== undefined) tx.run('UPDATE pulls SET load = ? WHERE id = ?', change.load ? 1 : 0, id)
      return tx.run(
        `UPDATE pulls SET state = ?, tries = ?, next_try_at_ms = ?, error_code = ?, error_message = ?, verified = ?,
           updated_at_ms = ? WHERE id = ? AND state IN (${from.map(() => '?').join(', ')})`,
        change.state,
        change.tries ?? 0,
        change.nextTryAtMs ?? null,
        change.error?.code ?? null,
        change.error?.message ?? null,
        change.verified === undefined ? null : change.verified ? 1 : 0,
        this.#now(),
        id,
        ...from,
      )
    })
    return changes > 0
  }

  /** Tells other processes how it gets on. */
  async progress(id: string, receivedBytes: number, totalBytes: number | undefined): Promise<void> {
    await this.#store.write((tx) =>
      tx.run(
        'UPDATE pulls SET received_bytes = ?, total_bytes = ? WHERE id = ?',
        receivedBytes,
        totalBytes ?? null,
        id,
      ),
    )
  }

  async remove(id: string): Promise<void> {
    await this.#store.write((tx) => tx.run('DELETE FROM pulls WHERE id = ?', id))
  }
}

export function isActive({ state }: Pick<PullRow, 'state'>): boolean {
  return ACTIVE.includes(`'${state}'`)
}

/** A row of a version that wrote other requests is nobody's download any more. */
function rowOf(raw: RawRow): PullRow[] {
  const request = pullRequestSchema.safeParse(jsonOf(raw.request))
  if (!request.success) return []
  const { error_code: code, error_message: message } = raw
  return [
    {
      id: raw.id,
      name: raw.name,
      request: request.data,
      load: raw.load !== 0,
      state: raw.state,
      receivedBytes: raw.received_bytes,
      totalBytes: raw.total_bytes ?? undefined,
      tries: raw.tries,
      nextTryAtMs: raw.next_try_at_ms ?? undefined,
      error:
        code === null
          ? undefined
          : { code: isDriadErrorCode(code) ? code : 'internal', message: message ?? '' },
      verified: raw.verified === null ? undefined : raw.verified !== 0,
      createdAtMs: raw.created_at_ms,
      updatedAtMs: raw.updated_at_ms,
    },
  ]
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
