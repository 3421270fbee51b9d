import { initTRPC, TRPCError } from '@trpc/server'
import { DriadError, type DriadErrorCode } from '../protocol/errors.ts'
import type { ApiContext } from './context.ts'

/** Codes that are the caller's doing; everything else is ours. */
const callersFault: ReadonlySet<DriadErrorCode> = new Set([
  'bad_workflow',
  'bad_setting',
  'bad_usage',
  'too_large',
  'model_not_found',
  'model_invalid',
  'catalogue_invalid',
  'unknown_task',
  'backup_invalid',
  'wrong_passphrase',
])

const t = initTRPC.context<ApiContext>().create({
  isServer: true,
  errorFormatter: ({ shape, error }) => {
    const cause = error.cause instanceof DriadError ? error.cause : undefined
    return {
      ...shape,
      data: {
        code: shape.data.code,
        path: shape.data.path,
        // What the window switches on; stacks and unclassified details stay in the log.
        driadCode: cause?.code,
        issues: cause?.issues,
      },
    }
  },
})

export const router = t.router

/** Every procedure turns what the node throws into an error that keeps its Driad code. */
export const procedure = t.procedure.use(async ({ ctx, path, next }) => {
  const result = await next()
  if (result.ok || result.error.code !== 'INTERNAL_SERVER_ERROR') return result
  const cause = DriadError.from(result.error.cause ?? result.error)
  if (cause.code === 'internal') ctx.logger.error('A request from the window failed', { path, error: cause })
  throw new TRPCError({
    code: callersFault.has(cause.code) ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR',
    message: cause.message,
    cause,
  })
})
