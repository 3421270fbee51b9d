import type { WorkflowFile } from '../../protocol/workflow/schema.ts'

// The parts of a workflow file, by names of their own.

type Given<T> = NonNullable<T>

export type TaskFile = WorkflowFile['tasks'][number]
export type MessageFile = Given<TaskFile['messages']>[number]
export type InputFile = Given<TaskFile['inputs']>[number]
export type OutputFile = Given<TaskFile['outputs']>[number]
export type StepFile = WorkflowFile['steps'][number]
export type ConditionFile = Given<StepFile['condition']>
export type ReturnValueFile = WorkflowFile['return_value']
export type CustomToolFile = Given<WorkflowFile['config']['custom_tools']>[number]

/** What JSON can express. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** A JSON Schema as an object. */
export type JsonSchema = Readonly<Record<string, unknown>>
