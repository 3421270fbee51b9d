import type { WorkflowFile } from '../../protocol/workflow/schema.ts'

/** Seconds for one answer, on the slowest computer that is worth asking. */
export const ANSWER_SECONDS = 300
/** Seconds that no workflow may exceed. */
const MAX_SECONDS = 3600

/** Seconds for so many answers. */
export function secondsFor(answers: number): number {
  return Math.min(MAX_SECONDS, Math.ceil(answers) * ANSWER_SECONDS)
}

export interface Limits {
  /** Tokens of each generation. */
  readonly maxTokens?: number
  readonly maxSteps?: number
  readonly maxTimeSeconds?: number
  /** 0 to 2, for tasks that do not bring one themselves. */
  readonly temperature?: number
}

/** The same workflow with other limits. */
export function withLimits(workflow: WorkflowFile, limits: Limits): WorkflowFile {
  const { maxTokens, maxSteps, maxTimeSeconds, temperature } = limits
  return {
    ...workflow,
    config: {
      ...workflow.config,
      ...(maxTokens !== undefined && { max_tokens: maxTokens }),
      ...(maxSteps !== undefined && { max_steps: maxSteps }),
      ...(maxTimeSeconds !== undefined && { max_time: maxTimeSeconds }),
      ...(temperature !== undefined && { temperature }),
    },
  }
}
