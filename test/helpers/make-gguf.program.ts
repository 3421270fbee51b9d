// Writes a model with random weights: `node scripts/make-gguf.mjs <out.gguf> [shape] [type] [seed]`.
import { madeShapes } from './gguf-architectures.ts'
import { makeGguf } from './make-gguf.ts'

const types = ['q8_0', 'q4_0', 'f16'] as const
const [path, shapeName = '30m', typeName = 'q8_0', seed = '1'] = process.argv.slice(2)
const shape = Object.entries(madeShapes).find(([name]) => name === shapeName)?.[1]
const type = types.find((name) => name === typeName)
if (path === undefined || shape === undefined || type === undefined) {
  process.stderr.write(
    `usage: node scripts/make-gguf.mjs <out.gguf> [${Object.keys(madeShapes).join('|')}] [${types.join('|')}] [seed]\n`,
  )
  process.exitCode = 2
} else {
  const name = `random-${shapeName}-${typeName}`
  const bytes = await makeGguf(path, { shape, type, name, seed: Number(seed) })
  process.stdout.write(`${path}: ${bytes} bytes\n`)
}
