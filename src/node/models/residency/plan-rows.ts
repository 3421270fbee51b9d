import { z } from 'zod'
import type { LessCause, LoadedLess, LoadPlan } from '../../../protocol/load-views.ts'
import { kvTypes } from '../../../protocol/model-fit/memory-plan.ts'
import type { Reader, Store } from '../../store/contract.ts'

/** Models whose smaller plan is remembered. */
const MAX_PLANS = 256

const planSchema = z.object({
  contextSize: z.int().min(1),
  slots: z.int().min(1),
  kvType: z.enum(kvTypes),
  gpuLayers: z.int().min(0).optional(),
  draftPath: z.string().optional(),
})

const causeSchema = z.discriminatedUnion('code', [
  z.object({ code: z.literal('room'), neededBytes: z.number(), roomBytes: z.number() }),
  z.object({ code: z.enum(['memory', 'crash']) }),
  z.object({ code: z.literal('draft'), reason: z.string() }),
])

/** What a model was loaded with after what was wanted did not fit. */
export interface RememberedPlan extends LoadedLess {
  /** Memory that models might take then, in bytes. */
  readonly roomBytes: number
}

export interface PlanKey {
  /** Of the file. */
  readonly sha256: Uint8Array
  readonly device: string
}

/** The table `model_plans`. */
export class PlanRows {
  readonly #store: Pick<Store, 'write'> & Reader

  constructor(store: Pick<Store, 'write'> & Reader) {
    this.#store = store
  }

  get({ sha256, device }: PlanKey): RememberedPlan | undefined {
    const row = this.#store.get<{ wanted: string; used: string; reason: string; room_bytes: number }>(
      'SELECT wanted, used, reason, room_bytes FROM model_plans WHERE sha256 = ? AND device = ?',
      sha256,
      device,
    )
    if (row === undefined) return undefined
    const [wanted, used] = [readPlan(row.wanted), readPlan(row.used)]
    const because = readCause(row.reason)
    if (wanted === undefined || used === undefined || because === undefined) return undefined
    return { wanted, used, because, roomBytes: row.room_bytes }
  }

  async put({ sha256, device }: PlanKey, plan: RememberedPlan, nowMs: number): Promise<void> {
    await this.#store.write((tx) => {
      tx.run(
        `INSERT INTO model_plans (sha256, device, wanted, used, reason, room_bytes, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (sha256, device) DO UPDATE SET wanted = excluded.wanted, used = excluded.used,
           reason = excluded.reason, room_bytes = excluded.room_bytes, at_ms = excluded.at_ms`,
        sha256,
        device,
        JSON.stringify(plan.wanted),
        JSON.stringify(plan.used),
        JSON.stringify(plan.because),
        Math.trunc(plan.roomBytes),
        nowMs,
      )
      tx.run(
        `DELETE FROM model_plans WHERE (sha256, device) IN
           (SELECT sha256, device FROM model_plans ORDER BY at_ms DESC LIMIT -1 OFFSET ?)`,
        MAX_PLANS,
      )
    })
  }

  async remove({ sha256, device }: PlanKey): Promise<void> {
    await this.#store.write((tx) =>
      tx.run('DELETE FROM model_plans WHERE sha256 = ? AND device = ?', sha256, device),
    )
  }
}

/** Undefined for what another version wrote: it is found anew. */
function readCause(json: string): LessCause | undefined {
  try {
    return causeSchema.parse(JSON.parse(json))
  } catch {
    return undefined
  }
}

function readPlan(json: string): LoadPlan | undefined {
  try {
    const { gpuLayers, draftPath, ...plan } = planSchema.parse(JSON.parse(json))
    return {
      ...plan,
      ...(gpuLayers !== undefined && { gpuLayers }),
      ...(draftPath !== undefined && { draftPath }),
    }
  } catch {
    // Written by another version; it is found anew.
    return undefined
  }
}
