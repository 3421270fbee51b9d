// What requesters import. The one file that only passes on: the SDK's public names.
export { z } from 'zod'
export type { RequestEvent, StreamedTask, TaskResult } from '../node/requester/contract.ts'
export type { AgreementRule, AgreementView, CopyView } from '../protocol/agreement.ts'
export { DriadError, type DriadErrorCode, type InputIssue } from '../protocol/errors.ts'
export type { Price } from '../protocol/money.ts'
export type { TaskPriority } from '../protocol/priority.ts'
export type { SamplingOptions } from '../protocol/sampling.ts'
export type { TaskState, TaskStats } from '../protocol/task.ts'
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
export { Dataset, type DatasetInit, type FailedRow, type WriteDatasetOptions } from './dataset/dataset.ts'
export { DatasetGenerator, type DatasetGeneratorInit } from './dataset/dataset-generator.ts'
export type { DatasetProgress, DatasetSummary, GenerateDataset, RowMade } from './dataset/generate-dataset.ts'
export {
  Driad,
  type DriadInit,
  type ExecuteAllOptions,
  type ExecuteOptions,
  type PublishOptions,
  type VerifyInit,
} from './driad.ts'
export { Clair } from './factory/clair.ts'
export { EvaluatePrediction } from './factory/evaluate-prediction.ts'
export { EvolveComplexity } from './factory/evolve-complexity.ts'
export { EvolveInstruct } from './factory/evolve-instruct.ts'
export { EvolveQuality } from './factory/evolve-quality.ts'
export { GenerateCode } from './factory/generate-code.ts'
export { GenerateGraph } from './factory/generate-graph.ts'
export { GenerateSubtopics } from './factory/generate-subtopics.ts'
export { InstructionBacktranslation } from './factory/instruction-backtranslation.ts'
export { IterateCode } from './factory/iterate-code.ts'
export { jsonSchemaOf } from './factory/json-schema-of.ts'
export { type Limits, withLimits } from './factory/limits.ts'
export { ListExtender } from './factory/list-extender.ts'
export { MagPie } from './factory/magpie.ts'
export { MultiHopQuestion } from './factory/multi-hop-question.ts'
export { PersonaBackstory } from './factory/persona-backstory.ts'
export { PersonaBio } from './factory/persona-bio.ts'
export { Prompt, type PromptInit, type PromptInput } from './factory/prompt.ts'
export { QA } from './factory/qa.ts'
export { SelfInstruct } from './factory/self-instruct.ts'
export { SemanticTriplet } from './factory/semantic-triplet.ts'
export { Simple } from './factory/simple.ts'
export {
  defineSingleton,
  type InputOf,
  type OutputOf,
  type Singleton,
  type SingletonInit,
} from './factory/singleton.ts'
export { TextRetrieval } from './factory/text-retrieval.ts'
export { ValidatePrediction } from './factory/validate-prediction.ts'
export { WebSearch } from './factory/web-search.ts'
export { Model, type ModelGroup, type ModelName } from './model.ts'
export type {
  CallOf,
  FunctionCall,
  FunctionCallParser,
  FunctionSchemas,
  ParseCallOptions,
} from './parsers/function-call.ts'
export { LlamaParser, toLlama } from './parsers/llama.ts'
export { NousParser, toNous } from './parsers/nous.ts'
export { OpenAIParser, type OpenAIToolCall, toOpenAI } from './parsers/openai.ts'
export { parseFunctionCalls } from './parsers/parse-function-calls.ts'
export { Task, type TaskInit } from './task.ts'
export { TaskFailedError } from './task-failed-error.ts'
