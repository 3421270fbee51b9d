import { Worker } from 'node:worker_threads'
import { corpusFile } from './corpus.ts'
import type { FuzzTarget } from './target.ts'

/** CPU time of the process: a decoder that takes more for one input hangs. */
const HANG_CPU_MS = 20_000
const LOOK_MS = 2_000
const MAX_BYTES = 1024 * 1024

/** Runs beside the event loop that hangs: keeps the input and ends the process, which nothing else could. */
const WATCH = `
  const { workerData: { counter, input, path, hangCpuMs, lookMs } } = require('node:worker_threads')
  const { mkdirSync, writeFileSync, writeSync } = require('node:fs')
  const { dirname } = require('node:path')
  const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
  let last = -1
  let since = 0
  setInterval(() => {
    const now = Atomics.load(counter, 0)
    if (now !== last) { last = now; since = cpuMs(); return }
    if (counter[1] === 0 || cpuMs() - since < hangCpuMs) return
    const target = Buffer.from(path.slice(0, counter[2])).toString()
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, input.slice(0, counter[1]))
    writeSync(2, 'It hangs: ' + target + '\\n')
    process.kill(process.pid, 'SIGKILL')
  }, lookMs)
`

/** Notices an input that never comes to its end. */
export class HangWatch {
  readonly #counter = new Int32Array(new SharedArrayBuffer(12))
  readonly #input = new Uint8Array(new SharedArrayBuffer(MAX_BYTES))
  readonly #path = new Uint8Array(new SharedArrayBuffer(4096))

  constructor() {
    const workerData = {
      counter: this.#counter,
      input: this.#input,
      path: this.#path,
      hangCpuMs: HANG_CPU_MS,
      lookMs: LOOK_MS,
    }
    new Worker(WATCH, { eval: true, workerData, execArgv: [] }).unref()
  }

  note(target: FuzzTarget, input: Uint8Array): void {
    this.#input.set(input.subarray(0, MAX_BYTES))
    const path = Buffer.from(corpusFile(target, input, 'hang-'))
    this.#path.set(path)
    this.#counter[1] = input.byteLength
    this.#counter[2] = path.byteLength
    Atomics.add(this.#counter, 0, 1)
  }
}
