// Makes a dataset as a requester's own program would. Arguments: data folder, dataset folder, network, rows, and nodes.
import { z } from 'zod'
import { DriadError } from '../../src/protocol/errors.ts'
import { simpleWorkflow } from '../../src/protocol/workflow/simple.ts'
import { Dataset } from '../../src/sdk/dataset/dataset.ts'
import { DatasetGenerator } from '../../src/sdk/dataset/dataset-generator.ts'
import { Driad } from '../../src/sdk/driad.ts'
import type { Singleton } from '../../src/sdk/factory/singleton.ts'

const [dataDir = '', folder = '', network = '', count = '0', ...bootstrap] = process.argv.slice(2)

interface Instruction {
  readonly number: number
}
const answer: Singleton<Instruction, string> = {
  name: 'test-answer',
  input: z.object({ number: z.number() }),
  output: z.string(),
  workflow: ({ number }) => simpleWorkflow({ prompt: `Tell me about ${number}.`, maxTokens: 4 }),
  parseResult: (task) => {
    const text = typeof task === 'string' ? task : task.result
    if (text === undefined) throw new DriadError('output_invalid', 'There is no answer')
    return text
  },
}

await using driad = new Driad({ dataDir, network, bootstrap, mdns: false })
await using dataset = new Dataset({
  folder,
  schema: z.object({ number: z.int(), answer: z.string() }),
})
const summary = await new DatasetGenerator({ driad, dataset }).generate({
  instructions: Array.from({ length: Number(count) }, (_, number) => ({ number })),
  singleton: answer,
  models: ['demo'],
  map: (text, { number }) => ({ number, answer: text }),
  timeoutMs: 120_000,
  onProgress: ({ done }) => process.stdout.write(`${JSON.stringify({ done })}\n`),
})
for (const ending of ['jsonl', 'csv', 'parquet']) await dataset.write(`${folder}/rows.${ending}`)
process.stdout.write(
  `${JSON.stringify({ summary: { ...summary, spentMicro: String(summary.spentMicro) } })}\n`,
)
