import { describe, expect, it } from 'vitest'
import type { GenerateRequest, GenerateResult } from '../../src/node/inference/contract.ts'
import type { ToolBox, ToolSession } from '../../src/node/tools/contract.ts'
import type { Generate, WorkflowOutcome } from '../../src/node/workflow/contract.ts'
import { runWorkflow } from '../../src/node/workflow/run-workflow.ts'
import { DriadError, isDriadErrorCode } from '../../src/protocol/errors.ts'
import type { FunctionCall, SwitchableTool } from '../../src/protocol/tools.ts'
import { inspectWorkflow } from '../../src/protocol/workflow/parse.ts'
import { type Answer, type ConformanceCase, readCases, readRows } from '../conformance/cases.ts'
import { letterVector } from '../helpers/letter-vector.ts'

const rows = new Set(readRows().flatMap((section) => section.rows.map((row) => row.id)))
const files = readCases()

for (const [file, cases] of files) {
  describe(file, () => {
    for (const testCase of cases) {
      it(testCase.name, async ({ task }) => {
        Object.assign(task.meta, { rows: testCase.rows })
        await check(testCase)
      })
    }
  })
}

it('covers every row, and no row that is not there', () => {
  const covered = new Set([...files.values()].flat().flatMap((testCase) => testCase.rows))
  expect([...rows].filter((row) => !covered.has(row))).toEqual([])
  expect([...covered].filter((row) => !rows.has(row))).toEqual([])
})

async function check(testCase: ConformanceCase): Promise<void> {
  const { expect: expected } = testCase
  const tools = new ScriptedTools(testCase.tools ?? {})
  const inspection = inspectWorkflow(testCase.workflow, {
    limits: testCase.limits ?? {},
    tools: tools.available(),
  })
  if (expected.warnings) expect(inspection.warnings.map((warning) => warning.path)).toEqual(expected.warnings)

  const model = new ScriptedModel(testCase.answers)
  let outcome: WorkflowOutcome | undefined
  let failure = inspection.error
  if (inspection.workflow && !failure) {
    try {
      outcome = await runWorkflow({
        workflow: inspection.workflow,
        ...(testCase.input === undefined ? {} : { input: testCase.input }),
        sampling: {
          ...(testCase.seed === undefined ? {} : { seed: testCase.seed }),
          ...(testCase.temperature === undefined ? {} : { temperature: testCase.temperature }),
        },
        generate: model.generate,
        embed: async ({ texts }) => ({ vectors: texts.map(letterVector), promptTokens: texts.length }),
        tools,
        ...(testCase.limits === undefined ? {} : { limits: testCase.limits }),
        signal: model.cancellation.signal,
      })
    } catch (error) {
      expect(error).toBeInstanceOf(DriadError)
      failure = error as DriadError
    }
  }

  if (expected.error) {
    expect(failure?.code, failure?.message ?? `result ${outcome?.result}`).toBe(expected.error.code)
    if (expected.error.paths)
      expect(failure?.issues.map((issue) => issue.path).sort()).toEqual([...expected.error.paths].sort())
  } else {
    expect(failure, failure?.message).toBeUndefined()
    expect(outcome?.result).toBe(expected.result)
  }
  if (expected.steps !== undefined) expect(outcome?.steps).toBe(expected.steps)
  if (expected.calls) expect(tools.calls).toEqual(expected.calls)
  if (expected.prompts) expect(model.requests.map((request) => request.messages)).toEqual(expected.prompts)
  if (expected.requests) {
    expect(model.requests).toHaveLength(expected.requests.length)
    for (const [index, part] of expected.requests.entries()) expect(model.requests[index]).toMatchObject(part)
  }
  if (expected.aborted !== undefined) expect(model.aborted).toBe(expected.aborted)
  expect(model.left, 'answers that nobody asked for').toBe(0)
}

/** Stands for a model, so that a run has one outcome. Everything else in these tests is the real thing. */
class ScriptedModel {
  readonly requests: Omit<GenerateRequest, 'model'>[] = []
  readonly cancellation = new AbortController()
  aborted = false
  readonly #answers: Answer[]

  constructor(answers: readonly Answer[]) {
    this.#answers = [...answers]
  }

  get left(): number {
    return this.#answers.length
  }

  readonly generate: Generate = async (request, { signal }) => {
    this.requests.push(request)
    const answer = this.#answers.shift()
    if (answer === undefined) throw new Error(`No answer is left for request ${this.requests.length}`)
    if (typeof answer === 'string') return resultOf(answer, 'stop')
    if ('call' in answer) return { ...resultOf('', 'stop'), call: answer.call }
    if ('text' in answer) return resultOf(answer.text, answer.stopReason ?? 'stop')
    if ('error' in answer) {
      if (!isDriadErrorCode(answer.error)) throw new Error(`No such code: ${answer.error}`)
      throw new DriadError(answer.error, 'The scripted model failed')
    }
    signal.addEventListener('abort', () => {
      this.aborted = true
    })
    if ('cancel' in answer) this.cancellation.abort(new DriadError('cancelled', 'Cancelled by the test'))
    // Never settles, not even on abort: the engine must not wait for it.
    return new Promise(() => {})
  }
}

/** Stands for the node's tools and the services behind them. */
class ScriptedTools implements ToolBox {
  readonly calls: FunctionCall[] = []
  readonly #answers: NonNullable<ConformanceCase['tools']>

  constructor(answers: NonNullable<ConformanceCase['tools']>) {
    this.#answers = answers
  }

  available(): ReadonlySet<SwitchableTool> {
    return new Set(Object.keys(this.#answers) as SwitchableTool[])
  }

  open(): ToolSession {
    return {
      call: (name, args) => this.#run(name, name, args),
      request: (tool, args) => this.#run('http_request', tool.name, args),
      search: ({ query, searchType, lang, results }) =>
        this.#run('serper', 'search', {
          query,
          ...(searchType === undefined ? {} : { search_type: searchType }),
          ...(lang === undefined ? {} : { lang }),
          ...(results === undefined ? {} : { n_results: results }),
        }),
    }
  }

  async #run(tool: string, name: string, args: FunctionCall['arguments']): Promise<string> {
    const answer = this.#answers[tool]
    if (answer === undefined) throw new DriadError('tool_unavailable', `${tool} is off`)
    this.calls.push({ name, arguments: args })
    if (typeof answer === 'string') return answer
    if (!isDriadErrorCode(answer.error)) throw new Error(`No such code: ${answer.error}`)
    throw new DriadError(answer.error, 'The scripted tool failed')
  }
}

function resultOf(text: string, stopReason: 'stop' | 'length'): GenerateResult {
  return { text, stopReason, promptTokens: 3, completionTokens: 2, firstTokenMs: 1, totalMs: 2 }
}
