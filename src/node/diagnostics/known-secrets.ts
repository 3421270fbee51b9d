import { readFileSync } from 'node:fs'
import { homedir, hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { Assignment, TaskOutcome } from '../../protocol/wire/messages.pb.ts'
import type { DataFolder } from '../data-folder.ts'
import type { Identity } from '../identity/contract.ts'
import { IDENTITY_FILE } from '../identity/load-identity.ts'
import { type SettingValues, settingDefinitions } from '../settings/schema.ts'
import type { Secrets } from '../settings/secrets.ts'
import type { Reader } from '../store/contract.ts'
import type { KnownSecret } from './scrubber.ts'

/** Contents of so many of the newest tasks and runs are looked for; there is no way in for any, see `SafeText`. */
const MAX_TASKS = 200
const MAX_CONTENT_CHARS = 1_000_000
/** Shorter texts are words. */
const MIN_CONTENT = 16
/** Of settings: shorter ones are words that a log may have, too. */
const MIN_SETTING = 5
const MAX_NESTING = 12

export interface SecretSources {
  readonly folder: DataFolder
  readonly store: Reader
  readonly settings: SettingValues
  /** Absent where it can be opened by the app alone. */
  readonly identity?: Pick<Identity, 'privateKey'>
  readonly secrets?: Pick<Secrets, 'get'>
  readonly environment?: Readonly<Record<string, string | undefined>>
}

/** Everything on this node that nobody else may learn, as far as it can be read here. */
export function knownSecrets(sources: SecretSources): KnownSecret[] {
  const { folder, settings, identity, secrets, store, environment = process.env } = sources
  const found: KnownSecret[] = []
  const add = (text: string | undefined, as: string) => {
    if (text !== undefined && text !== '') found.push({ text, as })
  }
  if (identity !== undefined) {
    const raw = Buffer.from(identity.privateKey.raw)
    for (const part of [raw, raw.subarray(0, 32)]) {
      add(part.toString('hex'), '[key]')
      add(part.toString('base64'), '[key]')
    }
  }
  add(keyInFile(join(folder.path, IDENTITY_FILE)), '[key]')
  add(networkKeyIn(settings.networkKeyFile), '[network key]')
  for (const { name } of store.all<{ name: string }>('SELECT name FROM secrets')) {
    add(secrets?.get(name), '[secret]')
  }
  add(environment['HF_TOKEN']?.trim(), '[token]')
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy']) {
    for (const part of credentialsIn(environment[name])) add(part, '[proxy]')
  }
  for (const text of stringsIn([
    settings.network === settingDefinitions.network.fallback ? '' : settings.network,
    settings.networkKeyFile,
    settings.payoutAddress,
    settings.modelFolders,
    settings.verifyModels,
    settings.pausePrograms,
    settings.toolEndpoints,
  ])) {
    if (text.length >= MIN_SETTING) add(text, '[setting]')
  }
  for (const address of [
    settings.proxy,
    settings.catalogueUrl,
    settings.modelEndpoint,
    ...settings.modelMirrors,
  ]) {
    for (const part of credentialsIn(address)) add(part, '[credentials]')
  }
  add(folder.path, '<data folder>')
  add(homedir(), '~')
  add(userName(), '[user]')
  add(hostname(), '[host]')
  // A name such as `root` or `localhost` is in half of all lines, and tells nothing.
  return found.filter(({ text }) => !['root', '/root', 'localhost', '/'].includes(text))
}

/** Prompts, inputs, results and memories of the newest tasks, both ways, and of test runs. */
export function taskContents(store: Reader): string[] {
  const contents: string[] = []
  let chars = 0
  const add = (value: unknown) => {
    for (const text of stringsIn(value)) {
      if (text.length < MIN_CONTENT || chars > MAX_CONTENT_CHARS) continue
      contents.push(text)
      chars += text.length
    }
  }
  for (const row of store.all<{ assignment_payload: Uint8Array; outcome_payload: Uint8Array | null }>(
    'SELECT assignment_payload, outcome_payload FROM node_tasks ORDER BY seq DESC LIMIT ?',
    MAX_TASKS,
  )) {
    const { workflowJson, input } = Assignment.decode(row.assignment_payload)
    add([parsed(workflowJson), input])
    if (row.outcome_payload !== null) add(parsed(TaskOutcome.decode(row.outcome_payload).result ?? ''))
  }
  for (const row of store.all<{
    workflow_json: string
    input: string | null
    outcome_payload: Uint8Array | null
  }>('SELECT workflow_json, input, outcome_payload FROM requests ORDER BY seq DESC LIMIT ?', MAX_TASKS)) {
    add([parsed(row.workflow_json), row.input])
    if (row.outcome_payload !== null) add(parsed(TaskOutcome.decode(row.outcome_payload).result ?? ''))
  }
  for (const { detail } of store.all<{ detail: string }>(
    'SELECT detail FROM test_runs ORDER BY id DESC LIMIT ?',
    MAX_TASKS,
  )) {
    add(parsed(detail))
  }
  return contents
}

/** Strings of any JSON value, however deep, and of JSON that stands in one of them. */
function stringsIn(value: unknown, nesting = 0): string[] {
  if (typeof value === 'string') {
    const inner = nesting < MAX_NESTING && /^\s*[[{]/.test(value) ? parsed(value) : value
    return typeof inner === 'string' ? [inner] : stringsIn(inner, nesting + 1)
  }
  if (typeof value !== 'object' || value === null || nesting > MAX_NESTING) return []
  return Object.values(value).flatMap((item) => stringsIn(item, nesting + 1))
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return json
  }
}

function keyInFile(path: string): string | undefined {
  try {
    const { key } = JSON.parse(readFileSync(path, 'utf8')) as { key?: unknown }
    return typeof key === 'string' ? key : undefined
  } catch {
    return undefined
  }
}

function networkKeyIn(path: string): string | undefined {
  if (path === '') return undefined
  try {
    return readFileSync(path, 'latin1').trim().split(/\r?\n/).at(-1)
  } catch {
    return undefined
  }
}

/** Name, password and what else an address may have that opens a door. */
function credentialsIn(address: string | undefined): string[] {
  if (address === undefined || !URL.canParse(address)) return []
  const { username, password, search } = new URL(address)
  return [username, password, decodeURIComponent(password), search.slice(1)].filter((text) => text.length > 2)
}

function userName(): string | undefined {
  try {
    return userInfo().username
  } catch {
    return undefined // a user without an entry, as in some containers
  }
}
