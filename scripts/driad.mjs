// `bin/driad`: the node and the requester of a clone on the command line. Prepares what is missing (on stderr, and without
// Electron), then becomes the program: out/main/driad.js.
import { pathToFileURL } from 'node:url'
import { ensureBuild } from './setup/build.mjs'
import { ensureDependencies } from './setup/dependencies.mjs'
import { newerNode } from './setup/node-version.mjs'
import { inRoot } from './setup/paths.mjs'
import { replaceProcess } from './setup/replace-process.mjs'
import { runMain } from './setup/step.mjs'

const program = inRoot('out', 'main', 'driad.js')
let mayRunHere = false

await runMain(async () => {
  await ensureDependencies()
  await ensureBuild()
  const node = newerNode()
  mayRunHere = node === process.execPath
  return mayRunHere ? 0 : replaceProcess(node, [program, ...process.argv.slice(2)])
})

if (mayRunHere) {
  process.argv[1] = program
  await import(pathToFileURL(program).href)
}
