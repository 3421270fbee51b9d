// Downloads models as a node does, until it is killed. Arguments: the data folder, the endpoint, models to add.
import { openTestQueue } from './pull-queue.ts'

const [folder = '', endpoint = '', ...models] = process.argv.slice(2)
const queue = await openTestQueue(folder, { endpoint })
const print = () => process.stdout.write(`${JSON.stringify(queue.pulls.list())}\n`)
queue.pulls.onChange(print)
for (const model of models) await queue.pulls.add(model)
print()
