import { GatedEngine } from './helpers/gated-engine.ts'
import { promptWorkflow } from './helpers/scripted-requester.ts'
import { startTaskNode } from './helpers/task-node.ts'
import { startRequester } from './helpers/test-requester.ts'

const workflow = promptWorkflow('Hello')
function* tasks(count: number) {
  const deadlineMs = Date.now() + 3_600_000
  for (let index = 0; index < count; index++)
    yield { workflow, models: ['demo'], input: `${index}`, deadlineMs }
}
const engine = new GatedEngine()
engine.auto = () => 'Yes'
await using node = await startTaskNode({ engine, networkName: 'st' })
await using asking = await startRequester('st', { knows: [node] })
let n = 0,
  bad = 0
asking.requester.onEvent((e) => {
  if (e.type === 'state' && e.reason && !e.reason.startsWith('A node that had'))
    console.log(e.state, e.reason)
})
const t = setInterval(
  () =>
    console.log(
      n,
      bad,
      node.service.stats(),
      node.service.list({ limit: 3 }).tasks.map((t) => t.state),
      asking.requester.list({ limit: 5 }).tasks.map((t) => t.state + (t.error?.message ?? '')),
    ),
  2000,
)
const t0 = performance.now()
for await (const { task } of asking.requester.stream(tasks(Number(process.argv[2])))) {
  n++
  if (task?.status !== 'completed') bad++
}
console.log(n, bad, performance.now() - t0)
clearInterval(t)
