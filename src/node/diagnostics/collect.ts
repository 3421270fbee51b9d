import { randomUUID } from 'node:crypto'
import { homedir } from 'node:os'
// Its Node.js build has a `require` of its own, which the bundle has, too; only its threads need that one.
import { strToU8, zipSync } from 'fflate/browser'
import type { DiagnosticsFileView, DiagnosticsView } from '../../protocol/diagnostics-views.ts'
import { version } from '../../protocol/version.ts'
import { about } from './about.ts'
import { knownSecrets, taskContents } from './known-secrets.ts'
import { logFacts } from './log-facts.ts'
import { networkFacts } from './network-facts.ts'
import { type ProgramTexts, programTexts } from './program-texts.ts'
import { Pseudonyms } from './pseudonyms.ts'
import { SafeText } from './safe-text.ts'
import { Scrubber } from './scrubber.ts'
import { toldSettings } from './setting-rules.ts'
import type { DiagnosticsSources } from './sources.ts'
import { ledgerFacts, storeFacts } from './store-facts.ts'
import { healthFacts, inferenceFacts, taskFacts } from './work-facts.ts'

/** No file of a bundle is longer: a person is to be able to read it. */
const MAX_FILE_CHARS = 4 * 1024 * 1024

export interface DiagnosticsBundle extends DiagnosticsView {
  /** The archive. */
  readonly zip: Uint8Array
}

export interface CollectOptions {
  readonly signal?: AbortSignal | undefined
  /** The build's own where absent. */
  readonly texts?: ProgramTexts
}

/**
 * Puts together what helps others to find out what is wrong with a node, and nothing that is anybody's own: see
 * docs/health.md. Reads only; nothing leaves the computer.
 */
export async function collectDiagnostics(
  sources: DiagnosticsSources,
  { signal, texts = programTexts() }: CollectOptions = {},
): Promise<DiagnosticsBundle> {
  const { folder, identity, models = [], devices, publicNames = [] } = sources
  const pseudonyms = new Pseudonyms({ peerId: identity?.peerId })
  const safe = new SafeText({
    texts,
    pseudonyms,
    publicNames: new Set([
      ...publicNames,
      ...models.map(({ name }) => name),
      ...(devices?.devices ?? []).flatMap(({ id, name }) => [id, name]),
    ]),
    dataFolder: folder.path,
    homeFolder: homedir(),
  })
  const parts = { safe, pseudonyms }
  const scrubber = new Scrubber(knownSecrets(sources), taskContents(sources.store))
  const written: [name: string, text: string][] = [
    ['README.txt', readMe(texts)],
    ['about.json', json(about(sources, safe))],
    ['health.json', json(healthFacts(sources.health, safe))],
    ['settings.json', json(toldSettings(sources.settings, safe))],
    ['network.json', json(networkFacts(sources, parts))],
    ['inference.json', json(inferenceFacts(sources, safe))],
    ['tasks.json', json(taskFacts(sources, parts))],
    ['ledger.json', json(await ledgerFacts(sources, safe, { signal }))],
    ['store.json', json(storeFacts(sources))],
    ['log.jsonl', logFacts(folder.logsFolder, safe)],
  ]
  const files = written.map(([name, text]): DiagnosticsFileView => {
    const scrubbed = name === 'README.txt' ? text : scrubber.scrub(text.slice(0, MAX_FILE_CHARS))
    return { name, text: scrubbed, sizeBytes: Buffer.byteLength(scrubbed) }
  })
  signal?.throwIfAborted()
  const zip = zipSync(Object.fromEntries(files.map(({ name, text }) => [name, strToU8(text)])), { level: 9 })
  return { id: randomUUID(), createdAtMs: Date.now(), files, sizeBytes: zip.byteLength, zip }
}

/** `driad-diagnostics-2031-04-09.zip`. */
export function bundleName(createdAtMs: number): string {
  return `driad-diagnostics-${new Date(createdAtMs).toISOString().slice(0, 10)}.zip`
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 1)}\n`
}

function readMe(texts: ProgramTexts): string {
  return [
    `Diagnostics of a Driad node, version ${version}`,
    '',
    'What is in here: versions and the computer (about), the checks of the Health page (health), settings, how the node is',
    'reached (network), the inference process and models (inference), states and figures of tasks (tasks), whether the ledger',
    'verifies (ledger), sizes of the database (store), and the newest log lines (log).',
    '',
    'What is not: keys, tokens, passwords, prompts, inputs, results, memories, amounts, payout addresses, names of people,',
    'computers, folders and networks. Peers and addresses have names made up for this bundle. Of log lines there is what the',
    'program itself wrote; […] stands for everything else.',
    ...(texts.isEmpty
      ? ['', "The list of the program's own texts was missing, so that log messages are all hidden."]
      : []),
    '',
  ].join('\n')
}
