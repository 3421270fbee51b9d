// Appends lines to a journal until its file may not grow, then says so and appends a short one. Arguments: the journal's path.
import { DriadError } from '../../src/protocol/errors.ts'
import { Journal } from '../../src/sdk/dataset/journal.ts'

const [path = ''] = process.argv.slice(2)
const journal = await Journal.open(path, () => undefined)
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
for (let row = 0; ; row++) {
  try {
    await journal.append({ type: 'done', row, value: { text: 'x'.repeat(650) } })
  } catch (error) {
    print({ whole: row, code: DriadError.from(error).code })
    break
  }
}
const place = await journal.append({ type: 'failed', row: 999, code: 'x', message: '' })
print({ line: await journal.read(place) })
await journal.close()
