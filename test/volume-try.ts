import { runVolume } from './helpers/volume-run.ts'

const [tasks = '500', nodes = '3', slots, conc] = process.argv.slice(2)
const r = await runVolume({
  tasks: Number(tasks),
  nodes: Number(nodes),
  ...(slots && { slots: Number(slots) }),
  ...(conc && { concurrency: Number(conc) }),
})
console.log(r, (r.completed / r.seconds).toFixed(0) + ' tasks/s')
