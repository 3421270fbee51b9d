import { z } from 'zod'
import { type DevicesView, deviceBackends, deviceKinds } from '../../../protocol/device-views.ts'
import type { Reader, Store } from '../../store/contract.ts'
import type { RememberedDevice } from './device.ts'

const rememberedSchema = z.object({
  id: z.string().max(128),
  backend: z.enum(deviceBackends),
  name: z.string().max(256),
  kind: z.enum(deviceKinds),
})
const namesSchema = z.record(z.string().max(128), z.string().max(256))

/** What another process asks the node of this folder for. */
const requestSchema = z.object({
  id: z.string().max(64),
  probe: z.boolean(),
  devices: z.unknown().optional(),
  cpuFallback: z.boolean().optional(),
})
export type DeviceRequest = z.output<typeof requestSchema>

/** What came of it. */
const answerSchema = z.object({
  id: z.string().max(64),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
})
export type DeviceAnswer = z.output<typeof answerSchema>

/** Whether the last complete probe found a GPU that counts. */
const seenSchema = z.object({ gpu: z.boolean() })

type Key = 'last_good' | 'chosen_names' | 'request' | 'answer' | 'view' | 'seen'

/** The table `device_facts`: what a node remembers of devices, and how commands and the running node talk of them. */
export class DeviceRows {
  readonly #store: Pick<Store, 'write'> & Reader

  constructor(store: Pick<Store, 'write'> & Reader) {
    this.#store = store
  }

  lastGood(): RememberedDevice | undefined {
    return this.#read('last_good', rememberedSchema)
  }

  setLastGood(device: RememberedDevice | undefined): Promise<void> {
    return this.#write('last_good', device)
  }

  chosenNames(): ReadonlyMap<string, string> {
    return new Map(Object.entries(this.#read('chosen_names', namesSchema) ?? {}))
  }

  setChosenNames(names: ReadonlyMap<string, string>): Promise<void> {
    return this.#write('chosen_names', Object.fromEntries(names))
  }

  /** Whether the last probe found a GPU; undefined before the first. */
  seenGpu(): boolean | undefined {
    return this.#read('seen', seenSchema)?.gpu
  }

  setSeenGpu(gpu: boolean): Promise<void> {
    return this.#write('seen', { gpu })
  }

  request(): DeviceRequest | undefined {
    return this.#read('request', requestSchema)
  }

  ask(request: DeviceRequest): Promise<void> {
    return this.#write('request', request)
  }

  answer(): DeviceAnswer | undefined {
    return this.#read('answer', answerSchema)
  }

  setAnswer(answer: DeviceAnswer): Promise<void> {
    return this.#write('answer', answer)
  }

  /** As the running node sees its devices; for commands, which are of the same version as the schema. */
  view(): DevicesView | undefined {
    return this.#read(
      'view',
      z.custom<DevicesView>((value) => typeof value === 'object' && value !== null),
    )
  }

  setView(view: DevicesView): Promise<void> {
    return this.#write('view', view)
  }

  #read<S extends z.ZodType>(key: Key, schema: S): z.output<S> | undefined {
    const row = this.#store.get<{ value_json: string }>(
      'SELECT value_json FROM device_facts WHERE key = ?',
      key,
    )
    if (row === undefined) return undefined
    try {
      // A damaged memory counts as none.
      return schema.safeParse(JSON.parse(row.value_json)).data
    } catch {
      return undefined
    }
  }

  async #write(key: Key, value: unknown): Promise<void> {
    await this.#store.write((tx) => {
      if (value === undefined) tx.run('DELETE FROM device_facts WHERE key = ?', key)
      else
        tx.run(
          `INSERT INTO device_facts (key, value_json, updated_at_ms) VALUES (?, ?, ?)
           ON CONFLICT (key) DO UPDATE SET value_json = excluded.value_json, updated_at_ms = excluded.updated_at_ms`,
          key,
          JSON.stringify(value),
          Date.now(),
        )
    })
  }
}
