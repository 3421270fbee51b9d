import { join } from 'node:path'
import { madeShapes } from '../helpers/gguf-architectures.ts'
import { makeGguf } from '../helpers/make-gguf.ts'
import { llamaServerTarget } from './llama-server.ts'
import { median } from './median.ts'
import { type BenchTarget, childTarget, networkTarget, SLOTS } from './targets.ts'

const CONTEXT_TOKENS = 2048
/** Of each answer. */
const TOKENS = 64
const ROUNDS = 7
const CONCURRENT = [1, 4, 8] as const
/** Characters of the beginning that all prompts of the first-token measurement share: some hundred tokens. */
const PREFIX_CHARACTERS = 1_200

/**
 * llama.cpp's own server and this program, side by side: the same GGUF, slots and threads, which are those that the node
 * chooses. All of them stay loaded, and take turns round by round, in an order that turns around each time.
 */
export async function benchAgainstServer({
  folder,
  path,
}: {
  readonly folder: string
  readonly path: string
}): Promise<void> {
  for (const shape of ['30m', '135m'] as const) {
    const model = join(folder, `${shape}.gguf`)
    await makeGguf(model, { shape: madeShapes[shape], type: 'q8_0' })
    await using child = await childTarget({ path: model, contextSize: CONTEXT_TOKENS })
    const { threads } = child
    await using server = await llamaServerTarget({
      path,
      model,
      slots: SLOTS,
      contextSize: CONTEXT_TOKENS,
      threads,
    })
    await using network = await networkTarget(join(folder, shape), { model })
    const targets: readonly BenchTarget[] = [server, child, network]
    console.log(
      `\nModel of ${shape.toUpperCase()} parameters, Q8_0, ${SLOTS} slots, ${threads} thread${threads === 1 ? '' : 's'}; tokens/s in all (ratio to llama.cpp's server), medians of ${ROUNDS} rounds of ${TOKENS} tokens`,
    )
    console.table(await compareSpeeds(targets))
    console.log('First token of a prompt whose beginning was read before (ms)')
    console.table(await compareFirstTokens(targets))
  }
}

async function compareSpeeds(targets: readonly BenchTarget[]) {
  const rows: Record<string, Record<string, string>> = {}
  for (const concurrency of CONCURRENT) {
    const speeds = new Map<BenchTarget, number[]>(targets.map((target) => [target, []]))
    for (let round = -1; round < ROUNDS; round++) {
      for (const target of inTurn(targets, round)) {
        const startedAt = performance.now()
        const prompt = (at: number) => `Story ${at} of round ${round}: once upon a time`
        const answers = await Promise.all(
          Array.from({ length: concurrency }, (_, at) => target.ask(TOKENS, prompt(at))),
        )
        const seconds = (performance.now() - startedAt) / 1000
        const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0)
        // The first round is for whatever has to be allocated, paged in and compiled.
        if (round >= 0) speeds.get(target)?.push(tokens / seconds)
      }
    }
    addColumn(rows, `${concurrency} at once`, targets, (target) => median(speeds.get(target) ?? []))
  }
  return rows
}

async function compareFirstTokens(targets: readonly BenchTarget[]) {
  const rows: Record<string, Record<string, string>> = {}
  const prefix = 'The old house on the hill had many rooms, and each of them had a story. '
    .repeat(PREFIX_CHARACTERS)
    .slice(0, PREFIX_CHARACTERS)
  const timings = new Map<BenchTarget, number[]>(targets.map((target) => [target, []]))
  for (let round = -1; round < ROUNDS * 2; round++) {
    for (const target of inTurn(targets, round)) {
      const { firstTokenMs } = await target.ask(2, `${prefix} Question ${round}: why?`)
      if (round >= 0) timings.get(target)?.push(firstTokenMs)
    }
  }
  addColumn(rows, 'first token', targets, (target) => median(timings.get(target) ?? []))
  return rows
}

function inTurn<T>(targets: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? targets : targets.toReversed()
}

function addColumn(
  rows: Record<string, Record<string, string>>,
  title: string,
  targets: readonly BenchTarget[],
  figure: (target: BenchTarget) => number,
): void {
  const [first] = targets
  const base = first === undefined ? Number.NaN : figure(first)
  for (const target of targets) {
    const value = figure(target)
    rows[target.name] = {
      ...rows[target.name],
      [title]: `${value.toFixed(1)} (${(value / base).toFixed(2)})`,
    }
  }
}
