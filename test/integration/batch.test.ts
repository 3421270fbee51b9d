import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { descendantPidsOf, driad, until } from '../helpers/driad-process.ts'
import { makeTestNetwork, type TaskJson, type TestNetwork } from '../helpers/test-network.ts'

const driadPath = fileURLToPath(new URL('../../bin/driad', import.meta.url))

interface ResultLine extends Omit<TaskJson, 'status'> {
  readonly line: number
  readonly id?: string
  readonly status: string
}

function writeTasks(network: TestNetwork, lines: readonly unknown[]): string {
  const path = join(network.folder.path, 'tasks.jsonl')
  writeFileSync(
    path,
    lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'),
  )
  return path
}

function readResults(path: string): ResultLine[] {
  if (!existsSync(path)) return []
  const text = readFileSync(path, 'utf8')
  // A line may be half written while its process lives.
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ResultLine)
}

describe('a batch of tasks', () => {
  it('writes the result of each line as it ends, and names the lines that are wrong', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const path = writeTasks(network, [
      { id: 'first', prompt: 'Hey', maxTokens: 3 },
      '',
      '{"prompt": ',
      { id: 'no such option', prompt: 'Hey', colour: 'red' },
      { prompt: 'Hey', maxTokens: 2, models: ['demo'], sampling: { temperature: 0 }, priority: 'high' },
      { workflow: { config: {} } },
    ])
    const out = join(network.folder.path, 'results.jsonl')
    const args = ['publish', '--batch', path, '--out', out, '--models', 'demo', ...network.requester('r', a)]
    const done = await driad(args)
    expect(done.code).toBe(2)
    for (const line of [3, 4, 6]) expect(done.stderr).toContain(`Line ${line}`)
    const results = readResults(out)
    const statusOf = new Map(results.map(({ line, status }) => [line, status]))
    expect(results).toHaveLength(5)
    expect([1, 3, 4, 5, 6].map((line) => statusOf.get(line))).toEqual([
      'completed',
      'refused',
      'refused',
      'completed',
      'refused',
    ])
    expect(results.find(({ line }) => line === 1)).toMatchObject({
      id: 'first',
      node: a.peerId,
      stats: { completionTokens: 3 },
    })
    // Without --resume nothing is written over, and with it there is nothing left to do.
    expect((await driad(args)).stderr).toContain('--resume')
    const resumed = await driad([...args, '--resume'])
    expect(resumed.code).toBe(0)
    expect(readResults(out)).toEqual(results)
  })

  it('goes on where it was after kill -9: nothing is lost, published or paid twice', async () => {
    await using network = makeTestNetwork()
    const a = await network.node('a')
    const count = 120
    const path = writeTasks(
      network,
      Array.from({ length: count }, (_, index) => ({
        id: `t${index}`,
        prompt: `Tell ${index}`,
        maxTokens: 4,
      })),
    )
    const out = join(network.folder.path, 'results.jsonl')
    const args = [
      ...['publish', '--batch', path, '--out', out, '--models', 'demo', '--concurrency', '24'],
      ...network.requester('r', a),
    ]
    for (const [round, killedAt] of [10, 60].entries()) {
      const child = spawn(process.execPath, [driadPath, ...args, ...(round > 0 ? ['--resume'] : [])], {
        stdio: 'ignore',
      })
      const gone = new Promise((resolve) => child.once('exit', resolve))
      await until(() => readResults(out).length >= killedAt, `${killedAt} results`)
      for (const pid of [...descendantPidsOf(child.pid ?? 0), child.pid ?? 0]) process.kill(pid, 'SIGKILL')
      await gone
      expect(readResults(out).length).toBeLessThan(count)
    }
    const resumed = await driad([...args, '--resume'])
    expect(resumed.code).toBe(0)
    const results = readResults(out)
    expect(results.map(({ line }) => line).sort((one, other) => one - other)).toEqual(
      Array.from({ length: count }, (_, index) => index + 1),
    )
    for (const { line, id, status } of results) {
      expect(id).toBe(`t${line - 1}`)
      expect(status).toBe('completed')
    }
    expect(new Set(results.map(({ taskId }) => taskId)).size).toBe(count)
    const paid = (await network.ledgerOf('r')).entries
    expect(paid.map(({ taskId }) => taskId).sort()).toEqual(results.map(({ taskId }) => taskId).sort())
    await until(
      async () => (await network.ledgerOf('a')).entries.length === count,
      'the node has every credit',
    )
  })
})
