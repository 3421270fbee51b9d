import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Pulls } from '../../../node/models/pull/contract.ts'
import { weightsDigest } from '../../../node/models/weights-digest.ts'
import { DriadError, isDriadErrorCode } from '../../../protocol/errors.ts'
import type { PullView } from '../../../protocol/pull-views.ts'
import type { CliHost } from '../../host.ts'
import { type PullFlags, withLocalPulls } from '../../local-pulls.ts'
import { dataDirOption } from '../../options.ts'
import type { Output } from '../../output.ts'
import type { CommandContext } from '../../program.ts'
import { bytesText, percentText, progressText } from '../../pull-text.ts'

/** How often a script hears of progress, and a log. A terminal hears of each. */
const TELL_MS = 1000
const LOG_MS = 10_000
const MAX_BYTES_PER_SECOND = 1e12

interface Flags extends PullFlags {
  readonly name?: string
  readonly sha256?: string
  readonly load: boolean
  readonly limitRate?: number
}

export function addPullCommand(models: Command, context: CommandContext): void {
  models
    .command('pull')
    .description(
      'download a model and serve it; what was interrupted goes on where it was left. A running node gets it at once',
    )
    .argument('<model>', 'a name of the catalogue, owner/repo/file.gguf, hf:owner/repo:Q4_K_M, or an address')
    .option('--name <name>', 'the name it is served under; its own where absent')
    .addOption(new Option('--sha256 <hex>', 'what the file must have').argParser(sha256Of))
    .option('--no-load', 'keep it without loading it')
    .addOption(
      new Option('--limit-rate <bytes>', 'bytes per second, at most; with K, M or G').argParser(rateOf),
    )
    .addOption(dataDirOption())
    .action((model: string, flags: Flags) => pull(model, flags, context.host, context.output(flags)))
}

async function pull(model: string, flags: Flags, host: CliHost, output: Output): Promise<void> {
  const interrupted = new AbortController()
  const interrupt = () => interrupted.abort(new DriadError('cancelled', 'Interrupted'))
  process.once('SIGINT', interrupt)
  process.once('SIGTERM', interrupt)
  try {
    await withLocalPulls(
      host,
      flags,
      { bytesPerSecond: flags.limitRate },
      async ({ pulls, models: rows }) => {
        const { signal } = interrupted
        const { id } = await pulls.add(model, {
          name: flags.name,
          sha256: flags.sha256,
          load: flags.load,
          signal,
        })
        const { view, resumedBytes } = await followed(pulls, id, output, signal)
        const path = view.path ?? ''
        const sha256 = Buffer.from(await weightsDigest(path, rows)).toString('hex')
        const { name, totalBytes: sizeBytes = 0, verified = false } = view
        output.result(
          { event: 'completed', name, path, sizeBytes, sha256, verified, resumedBytes, load: view.load },
          `${name} is there (${bytesText(sizeBytes)}, ${verified ? 'verified' : 'not verified by a digest: nobody told one beforehand'})\n  ${path}`,
        )
      },
    )
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

/** Shows a download until its end, or pauses it where this command is interrupted. */
async function followed(
  pulls: Pulls,
  id: string,
  output: Output,
  signal: AbortSignal,
): Promise<{ readonly view: PullView; readonly resumedBytes: number }> {
  let resumedBytes = 0
  const line = progressLine(output)
  try {
    const last = await new Promise<PullView | undefined>((resolve) => {
      const look = () => {
        const view = pulls.get(id)
        if (view !== undefined) line.show(view)
        resumedBytes = Math.max(resumedBytes, view?.resumedBytes ?? 0)
        if (view === undefined || signal.aborted || hasEnded(view)) resolve(view)
      }
      const stop = pulls.onChange(look)
      signal.addEventListener('abort', look, { once: true })
      signal.addEventListener('abort', stop, { once: true })
      look()
    })
    if (last === undefined) throw new DriadError('cancelled', 'The download was cancelled')
    if (last.state === 'completed') return { view: last, resumedBytes }
    if (signal.aborted && !hasEnded(last)) {
      await pulls.pause(id)
      const kept = pulls.get(id) ?? last
      throw new DriadError(
        'cancelled',
        `Stopped at ${percentText(kept)}. What came is kept; the same command goes on with it, and \`driad models pulls --cancel ${kept.name}\` removes it`,
      )
    }
    const { state, error } = last
    if (error !== undefined)
      throw new DriadError(isDriadErrorCode(error.code) ? error.code : 'internal', error.message)
    throw new DriadError('cancelled', `The download was ${state} by another process`)
  } finally {
    line.end()
  }
}

function hasEnded({ state }: PullView): boolean {
  return state === 'completed' || state === 'failed' || state === 'cancelled' || state === 'paused'
}

/** JSON lines for scripts, one line that is written over and over on a terminal, and a few lines for a log. */
function progressLine(output: Output): { show(view: PullView): void; end(): void } {
  const { stderr } = process
  const terminal = !output.json && stderr.isTTY
  let toldAtMs = Number.NEGATIVE_INFINITY
  let toldState = ''
  let told = ''
  return {
    show(view) {
      const now = performance.now()
      const state = `${view.state} ${view.phase} ${view.notice?.code}`
      if (!terminal && state === toldState && now - toldAtMs < (output.json ? TELL_MS : LOG_MS)) return
      toldAtMs = now
      toldState = state
      if (output.json) {
        output.result({ event: 'progress', ...view }, '')
        return
      }
      if (hasEnded(view)) return
      const text = progressText(view)
      if (text === told) return
      told = text
      if (terminal) stderr.write(`\r\u001b[2K${text.slice(0, Math.max(40, (stderr.columns || 80) - 1))}`)
      else output.note(text)
    },
    end() {
      if (terminal && told !== '') stderr.write('\r\u001b[2K')
    },
  }
}

function sha256Of(text: string): string {
  if (!/^[0-9a-fA-F]{64}$/.test(text)) throw new InvalidArgumentError('It must be 64 hex digits.')
  return text.toLowerCase()
}

function rateOf(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kKmMgG]?)$/.exec(text) ?? []
  const factor = { k: 1e3, m: 1e6, g: 1e9 }[unit.toLowerCase()] ?? 1
  const bytes = Math.round(Number(digits) * factor)
  if (digits === undefined || bytes < 1 || bytes > MAX_BYTES_PER_SECOND)
    throw new InvalidArgumentError('It must be bytes per second, such as 500K or 2M.')
  return bytes
}
