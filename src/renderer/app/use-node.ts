import { useMutation, useQuery } from '@tanstack/react-query'
import { t } from '../../locales/translate.ts'
import type { DevicesView } from '../../protocol/device-views.ts'
import type { ModelView, NodeStatusView } from '../../protocol/views.ts'
import { useTRPC } from '../api/client.ts'
import { notifyFailure } from './notify.tsx'

/** The node's state; undefined until it has answered for the first time. */
export function useNodeStatus(): NodeStatusView | undefined {
  return useQuery(useTRPC().node.status.queryOptions()).data
}

export function useModels(): readonly ModelView[] | undefined {
  return useQuery(useTRPC().models.list.queryOptions()).data
}

/** Devices and what is used of them; undefined until the node has answered for the first time. */
export function useDevices(): DevicesView | undefined {
  return useQuery(useTRPC().devices.view.queryOptions()).data
}

/** `serve` takes tasks in spite of the rules, for an hour. */
export type NodeAction = 'join' | 'leave' | 'pause' | 'resume' | 'serve'

const SERVE_ANYWAY_MS = 3_600_000

export interface NodeActions {
  readonly run: (action: NodeAction) => void
  /** Until a unix time, or until resumed. */
  readonly pause: (untilMs?: number) => void
  /** What was asked for and is not done yet. */
  readonly pending: NodeAction | undefined
}

export function useNodeActions(): NodeActions {
  const trpc = useTRPC()
  const failed = (action: NodeAction) => ({
    onError: (error: unknown) => notifyFailure(error, t(`shell:actionFailed.${action}`)),
  })
  const mutations = {
    join: useMutation(trpc.node.join.mutationOptions(failed('join'))),
    leave: useMutation(trpc.node.leave.mutationOptions(failed('leave'))),
    pause: useMutation(trpc.node.pause.mutationOptions(failed('pause'))),
    resume: useMutation(trpc.node.resume.mutationOptions(failed('resume'))),
    serve: useMutation(trpc.node.serveUntil.mutationOptions(failed('serve'))),
  }
  const pending = (Object.keys(mutations) as NodeAction[]).find((action) => mutations[action].isPending)
  return {
    run: (action) => {
      if (action === 'serve') mutations.serve.mutate({ untilMs: Date.now() + SERVE_ANYWAY_MS })
      else mutations[action].mutate(undefined)
    },
    pause: (untilMs) => mutations.pause.mutate({ untilMs }),
    pending,
  }
}

/** What one may do in that state, in the order of the buttons. A pause by rules cannot be resumed, only overruled. */
export function allowedActions({
  phase,
  guest,
}: Pick<NodeStatusView, 'phase' | 'guest'>): readonly NodeAction[] {
  switch (phase) {
    case 'offline':
    case 'failed':
      return ['join']
    case 'online':
      return guest.overridden === undefined ? ['pause', 'leave'] : ['resume', 'pause', 'leave']
    case 'paused':
      return [isPausedByOperator(guest) ? 'resume' : 'serve', 'leave']
    case 'joining':
      return ['leave']
    case 'leaving':
      return []
  }
}

export function isPausedByOperator({ pause }: NodeStatusView['guest']): boolean {
  return pause?.reasons.some(({ code }) => code === 'operator') ?? false
}
