// What requesters import. The one file that only passes on: the SDK's public names.
export { z } from 'zod'
export type { RequestEvent, TaskResult } from '../node/requester/contract.ts'
export { DriadError, type DriadErrorCode, type InputIssue } from '../protocol/errors.ts'
export type { Price } from '../protocol/money.ts'
export type { SamplingOptions, TaskState, TaskStats } from '../protocol/task.ts'
export type { WorkflowFile } from '../protocol/workflow/schema.ts'
export { CustomTool, HttpRequestTool } from './builder/custom-tools.ts'
export { type Condition, ConditionBuilder, Edge, type EdgeInit } from './builder/edge.ts'
export type { ExternalMemory } from './builder/external-memory.ts'
export {
  GetAll,
  Input,
  type MemoryInput,
  Peek,
  Pop,
  Read,
  Search,
  Size,
  StringInput as String,
} from './builder/memory-inputs.ts'
export { Insert, type MemoryOutput, Push, Write } from './builder/memory-outputs.ts'
export { Expression, Operator } from './builder/operators.ts'
export { WorkflowBuilder } from './builder/workflow-builder.ts'
export { Driad, type DriadInit, type ExecuteOptions, type PublishOptions } from './driad.ts'
export { Model, type ModelName } from './model.ts'
export { Simple } from './simple.ts'
export { Task, type TaskInit } from './task.ts'
export { TaskFailedError } from './task-failed-error.ts'
