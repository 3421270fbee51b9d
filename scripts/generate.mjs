#!/usr/bin/env node
// `npm run generate`: TypeScript for the wire messages, out of src/protocol/wire/*.proto, and the JSON Schema of workflow
// files, out of src/protocol/workflow/schema.ts. With --check it only compares, so that nobody edits what is generated, and
// nobody forgets to generate.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { ensureDependencies } from './setup/dependencies.mjs'
import { rerunUnderNewerNode } from './setup/node-version.mjs'
import { inRoot, root } from './setup/paths.mjs'
import { run } from './setup/run.mjs'
import { runMain } from './setup/step.mjs'

const sources = inRoot('src', 'protocol', 'wire')
const timeoutMs = 60_000

await runMain(async () => {
  await ensureDependencies()
  const code = await rerunUnderNewerNode()
  if (code !== undefined) return code
  const scratch = mkdtempSync(join(tmpdir(), 'driad-generate-'))
  try {
    const wire = await generateWire(scratch)
    const schema = await generateWorkflowSchema()
    return wire === 0 && schema === 0 ? 0 : 1
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
})

/** @param {string} scratch */
async function generateWire(scratch) {
  const protos = readdirSync(sources).filter((name) => name.endsWith('.proto'))
  let stale = 0
  for (const proto of protos) {
    const protons = inRoot('node_modules', 'protons', 'dist', 'bin', 'protons.js')
    await run(process.execPath, [protons, '--output', scratch, join(sources, proto)], {
      cwd: root,
      timeoutMs,
    })
    const name = proto.replace(/\.proto$/, '.pb.ts')
    const fresh = readFileSync(join(scratch, proto.replace(/\.proto$/, '.ts')), 'utf8')
    const target = join(sources, name)
    if (!process.argv.includes('--check')) writeFileSync(target, fresh)
    else if (readFileSync(target, 'utf8') !== fresh) {
      stale++
      console.error(`${relative(root, target)} is not what ${proto} gives; run: npm run generate`)
    }
  }
  return stale > 0 || protos.length === 0 ? 1 : 0
}

async function generateWorkflowSchema() {
  // Not at the top: it needs the dependencies, and a Node that reads TypeScript.
  const { workflowSchemaText } = await import('./generate/workflow-schema.mjs')
  const target = inRoot('docs', 'workflow.schema.json')
  const fresh = workflowSchemaText()
  if (!process.argv.includes('--check')) writeFileSync(target, fresh)
  else if (!existsSync(target) || readFileSync(target, 'utf8') !== fresh) {
    console.error(`${relative(root, target)} is not what the workflow's schema gives; run: npm run generate`)
    return 1
  }
  return 0
}
