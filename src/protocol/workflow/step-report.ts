import { z } from 'zod'
import { workflowOperators } from './schema.ts'

/**
 * The trace of a run, step by step: what the engine tells while it runs, what a node streams to a requester, and what the
 * window draws. The texts are whole where the run is local and clipped where they cross the network.
 */

const text = z.string()
const count = z.int().min(0)

/** One change of a run's memory, in the order in which it happened. */
const memoryChange = z.discriminatedUnion('type', [
  z.object({ type: z.literal('write'), key: text, text }),
  z.object({ type: z.literal('push'), key: text, text }),
  z.object({ type: z.literal('pop'), key: text }),
  /** A text went into the file system, in so many chunks. */
  z.object({ type: z.literal('insert'), text, chunks: count }),
])
export type MemoryChange = z.output<typeof memoryChange>

/** One call that a model made of a function, and what it was answered. A raw call has neither answer nor error. */
const callReport = z.object({
  name: text,
  arguments: z.record(text, z.unknown()),
  answer: text.optional(),
  error: text.optional(),
  durationMs: z.number().min(0),
})
export type CallReport = z.output<typeof callReport>

export const branches = ['target', 'target_if_not', 'fallback', 'failed'] as const

const stepStarted = z.object({
  type: z.literal('step'),
  /** Counts executed tasks, from 0. */
  index: count,
  taskId: text,
  operator: z.enum(workflowOperators),
})

const stepEnded = z.object({
  type: z.literal('step_ended'),
  index: count,
  taskId: text,
  durationMs: z.number().min(0),
  /** What its inputs gave, by name. */
  inputs: z.record(text, text),
  /** The messages as the model got them. */
  messages: z.array(z.object({ role: text, content: text })).optional(),
  calls: z.array(callReport).optional(),
  output: text.optional(),
  error: text.optional(),
  promptTokens: count.optional(),
  completionTokens: count.optional(),
  branch: z.enum(branches),
  /** Where it goes on: a task's id, or a name that ends the run. Empty where the run failed. */
  next: text,
  changes: z.array(memoryChange),
  /** Steps just before this one that are not told of, because there were too many in a short time. */
  skipped: count.optional(),
  /** True where something above was shortened or left out. */
  clipped: z.boolean().optional(),
})

export const stepReport = z.discriminatedUnion('type', [stepStarted, stepEnded])
export type StepStarted = Readonly<z.output<typeof stepStarted>>
export type StepEnded = Readonly<z.output<typeof stepEnded>>
export type StepReport = StepStarted | StepEnded
