import { foreground } from '../setup/foreground.mjs'
import { inRoot, root } from '../setup/paths.mjs'
import { readReport } from './report.mjs'

/**
 * Runs tests, with what vitest says of them, and says what else there is to say.
 * @param {{ projects: readonly string[], filters: readonly string[], reportFile: string, env: NodeJS.ProcessEnv }} options filters are
 * parts of files' paths; none of them, or of the projects, is all
 * @returns {Promise<{ code: number, passed: number, failed: number, skipped: number }>} code: 0 where all passed
 */
export async function runVitest({ projects, filters, reportFile, env }) {
  const args = [
    inRoot('node_modules', 'vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...projects.flatMap((project) => ['--project', project]),
    ...filters,
  ]
  const code = await foreground(process.execPath, args, { cwd: root, env })
  const { passed, failed, skipped, notes } = readReport(reportFile, code)
  for (const note of notes) console.log(note)
  return { code: failed > 0 ? 1 : code, passed, failed, skipped }
}
