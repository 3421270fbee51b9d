import type { Reporter, TestModule } from 'vitest/node'
import { readRows } from './cases.ts'

/** Prints which row of the workflow format is covered by how many cases, and whether they pass. */
export default class TableReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const passed = new Map<string, number>()
    const failed = new Map<string, string[]>()
    let cases = 0
    for (const module of modules) {
      for (const error of module.errors()) console.error(error.message)
      for (const test of module.children.allTests()) {
        const rows = (test.meta() as { rows?: string[] }).rows ?? []
        if (rows.length > 0) cases++
        const ok = test.result().state === 'passed'
        for (const row of rows) {
          if (ok) passed.set(row, (passed.get(row) ?? 0) + 1)
          else failed.set(row, [...(failed.get(row) ?? []), test.fullName])
        }
        for (const error of ok ? [] : (test.result().errors ?? []))
          console.error(`${test.fullName}: ${error.message}`)
      }
    }
    let rowCount = 0
    for (const section of readRows()) {
      console.log(`\n${section.name}`)
      for (const row of section.rows) {
        rowCount++
        const bad = failed.get(row.id)?.length ?? 0
        const good = passed.get(row.id) ?? 0
        const mark = bad > 0 ? 'FAIL' : good === 0 ? 'none' : 'ok'
        console.log(
          `  ${mark.padEnd(8)}${row.row.padEnd(46)}${good + bad} ${good + bad === 1 ? 'case' : 'cases'}`,
        )
      }
    }
    console.log(
      `\n${cases} cases over ${rowCount} rows, ${failed.size === 0 ? 'all pass' : `${failed.size} rows fail`}`,
    )
  }
}
