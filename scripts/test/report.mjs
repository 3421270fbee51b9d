import { readFileSync } from 'node:fs'

/**
 * Counts vitest's JSON report. A file that could not be loaded, or an error outside of every test, counts as one failure.
 * @param {string} reportFile
 * @param {number} exitCode vitest's
 * @returns {{ passed: number, failed: number, skipped: number, notes: string[] }}
 */
export function readReport(reportFile, exitCode) {
  const notes = []
  let passed = 0
  let failed = 0
  let skipped = 0
  for (const file of testFiles(reportFile)) {
    const states = file.assertionResults.map(({ status }) => status)
    passed += states.filter((state) => state === 'passed').length
    skipped += states.filter((state) => state !== 'passed' && state !== 'failed').length
    const failedHere = states.filter((state) => state === 'failed').length
    failed += failedHere
    if (file.status === 'failed' && failedHere === 0) {
      failed++
      notes.push(`${file.name} failed outside of its tests: ${file.message}`)
    }
  }
  if (exitCode !== 0 && failed === 0) {
    failed++
    notes.push(`vitest ended with exit code ${exitCode}, though no test failed`)
  }
  if (exitCode === 0 && passed === 0) {
    failed++
    notes.push('no test ran')
  }
  return { passed, failed, skipped, notes }
}

/** @param {string} reportFile @returns {{ name: string, status: string, message: string, assertionResults: { status: string }[] }[]} */
function testFiles(reportFile) {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8')).testResults
  } catch {
    return [] // vitest did not come as far as a report; its exit code tells
  }
}
