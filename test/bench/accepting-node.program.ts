// A node whose tasks are accepted and never end, for measuring acceptance alone: `<network> <slots>`. Prints its addresses as JSON.
import { GatedEngine } from '../helpers/gated-engine.ts'
import { startTaskNode, TestModels } from '../helpers/task-node.ts'

const [networkName = '', slots = ''] = process.argv.slice(2)
const models = new TestModels()
models.serve({ name: 'demo', slots: Number(slots) })
const node = await startTaskNode({ engine: new GatedEngine(), networkName, models })
console.log(JSON.stringify(node.network.addresses()))
