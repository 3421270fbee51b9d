import { createHash } from 'node:crypto'
import { DriadError } from '../../protocol/errors.ts'
import { isObject } from '../../protocol/workflow/is-object.ts'
import { pathText } from '../../protocol/workflow/issue-list.ts'
import type { ModelName } from '../model.ts'
import { Dataset } from './dataset.ts'
import type { GenerateDataset } from './generate-dataset.ts'

/** One row to make. */
export interface RowAsked<Input> {
  readonly row: number
  /** Which of the instructions it is of. */
  readonly instruction: number
  readonly input: Input
  readonly models: readonly ModelName[]
  /** Of what the row is made from, for a run that is taken up. */
  readonly digest: string
}

/** The rows that instructions and models ask for, in order. Throws `bad_usage` for an instruction that is no JSON. */
export async function* rowsAsked<Input, Output, Row>({
  instructions,
  singleton,
  models,
  eachModel,
}: GenerateDataset<Input, Output, Row>): AsyncGenerator<RowAsked<Input>, void> {
  for await (const [instruction, input] of numbered(instructions)) {
    if (eachModel) {
      for (const [index, model] of models.entries()) {
        const row = instruction * models.length + index
        const digest = digestOf([singleton.name, model, input], instruction)
        yield { row, instruction, input, models: [model], digest }
      }
    } else {
      const digest = digestOf([singleton.name, input], instruction)
      yield { row: instruction, instruction, input, models, digest }
    }
  }
}

/** Has issues say which of the instructions they are of. */
export function namingInstruction<Result>(number: number, run: () => Result): Result {
  try {
    return run()
  } catch (cause) {
    const { code, message, issues } = DriadError.from(cause)
    const path = pathText(['instructions', number])
    throw new DriadError(code, `${path}: ${message}`, {
      cause,
      issues: issues.map((issue) => ({ ...issue, path: issue.path === '' ? path : `${path}.${issue.path}` })),
    })
  }
}

/** Instructions with their numbers: a row of a dataset keeps its own, whatever rows before it are missing. */
async function* numbered<Input>(
  instructions: Iterable<Input> | AsyncIterable<Input> | Dataset<Input>,
): AsyncGenerator<readonly [number, Input], void> {
  if (instructions instanceof Dataset) return yield* instructions.entries()
  let number = 0
  for await (const input of instructions) yield [number++, input]
}

/** The same for equal instructions, in whatever order their fields are. */
function digestOf(value: unknown, instruction: number): string {
  try {
    const text = JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? sorted(inner) : inner))
    return createHash('sha256').update(text).digest('hex').slice(0, 32)
  } catch (cause) {
    const path = pathText(['instructions', instruction])
    throw new DriadError('bad_usage', `${path}: expected what JSON can hold`, {
      cause,
      issues: [{ path, expected: 'what JSON can hold' }],
    })
  }
}

function sorted(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).sort(([one], [other]) => (one < other ? -1 : 1)))
}
