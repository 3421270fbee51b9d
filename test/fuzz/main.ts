import { keep } from './corpus.ts'
import { fuzz, minimise } from './fuzz.ts'
import { HangWatch } from './hang-watch.ts'
import { targets } from './targets.ts'

/** Files of a corpus are small, so that the repository stays so. */
const MAX_KEPT_BYTES = 4 * 1024
const MAX_KEPT = 24

const args = process.argv.slice(2)
const named = args.filter((arg, index) => !arg.startsWith('--') && args[index - 1]?.startsWith('--') !== true)
const seconds = numberAfter('--seconds') ?? 60
const seed = numberAfter('--seed') ?? Date.now() % 2 ** 31
const keeps = args.includes('--keep')
const chosen = targets.filter(({ name }) => named.length === 0 || named.includes(name))
if (chosen.length === 0 || named.some((name) => !targets.some((target) => target.name === name))) {
  console.error(`There are the targets ${targets.map(({ name }) => name).join(', ')}`)
  process.exit(2)
}

let bugs = 0
const watch = new HangWatch()
for (const target of chosen) {
  const { runs, blocks, findings, interesting } = await fuzz(target, {
    seed,
    seconds: seconds / chosen.length,
    onInput: (input) => watch.note(target, input),
  })
  console.log(`${target.name}: ${runs} inputs, ${blocks} blocks, ${interesting.length} new (seed ${seed})`)
  for (const { kind, input, error } of findings) {
    if (kind === 'bug') bugs++
    const small = kind === 'bug' ? await minimise(input, (smaller) => fails(smaller)) : input
    const path = keep(target, small, kind === 'bug' ? 'found-' : 'slow-')
    console.log(`  ${kind}: ${path}\n    ${error.split('\n').slice(0, 6).join('\n    ')}`)
  }
  if (keeps) {
    for (const input of interesting.filter(({ length }) => length <= MAX_KEPT_BYTES).slice(0, MAX_KEPT))
      keep(target, input)
  }

  async function fails(input: Uint8Array): Promise<boolean> {
    try {
      await target.run(input)
      return false
    } catch {
      return true
    }
  }
}
process.exit(bugs > 0 ? 1 : 0)

function numberAfter(flag: string): number | undefined {
  const at = args.indexOf(flag)
  const value = Number(args[at + 1])
  return at === -1 || !Number.isFinite(value) ? undefined : value
}
