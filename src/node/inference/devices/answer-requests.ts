import { DriadError } from '../../../protocol/errors.ts'
import { sharedInterval } from '../../shared-interval.ts'
import type { DeviceRequest, DeviceRows } from './device-rows.ts'

export interface RequestAnswerer {
  /** No further request is taken up; resolves when the one under way is answered. */
  stop(): Promise<void>
}

/**
 * Does what commands of other processes ask of the node that runs on their folder: they share its database and no
 * other way. One request at a time; of several, the last one counts.
 */
export function answerRequests(
  rows: DeviceRows,
  work: (request: DeviceRequest) => Promise<void>,
  { pollMs }: { pollMs: number },
): RequestAnswerer {
  let answering: Promise<void> | undefined
  const answer = async (request: DeviceRequest) => {
    try {
      await work(request)
      await rows.setAnswer({ id: request.id })
    } catch (cause) {
      const { code, message } = DriadError.from(cause)
      await rows.setAnswer({ id: request.id, error: { code, message } })
    }
  }
  const stopLooking = sharedInterval(pollMs, () => {
    if (answering !== undefined) return
    const request = rows.request()
    if (request === undefined || rows.answer()?.id === request.id) return
    answering = answer(request)
      // The store is closed or full: whoever asked gives up by itself.
      .catch(() => {})
      .finally(() => {
        answering = undefined
      })
  })
  return {
    stop: async () => {
      stopLooking()
      await answering
    },
  }
}
