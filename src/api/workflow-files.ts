import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DriadError } from '../protocol/errors.ts'
import type { GalleryItemView, WorkflowFileView } from '../protocol/views.ts'
import { workflowLimits } from '../protocol/workflow/limits.ts'
import { parseWorkflow } from '../protocol/workflow/parse.ts'
import { INPUT_KEY, type Workflow } from '../protocol/workflow/schema.ts'
import type { Shell } from './context.ts'

/** Files that may be written again without asking, the latest. */
const KNOWN_PATHS = 64

/** Workflows out of files and into them. The window never names a file that the operator did not choose. */
export class WorkflowFiles {
  readonly #shell: Pick<Shell, 'pickFile' | 'pickSaveTarget'>
  readonly #galleryFolder: string
  readonly #known = new Set<string>()

  constructor(
    components: { readonly shell: Pick<Shell, 'pickFile' | 'pickSaveTarget'> },
    init: { readonly galleryFolder: string },
  ) {
    this.#shell = components.shell
    this.#galleryFolder = init.galleryFolder
  }

  /** The workflows that come with the program, by name. */
  async gallery(): Promise<GalleryItemView[]> {
    const files = (await readdir(this.#galleryFolder)).filter((name) => name.endsWith('.json'))
    const items = await Promise.all(
      files.map(async (file) => {
        const workflowJson = await readFile(join(this.#galleryFolder, file), 'utf8')
        const workflow = parseWorkflow(workflowJson)
        return {
          id: basename(file, '.json'),
          name: workflow.name ?? basename(file, '.json'),
          description: workflow.description ?? '',
          workflowJson,
          takesInput: takesInput(workflow),
        }
      }),
    )
    return items.sort((a, b) => a.name.localeCompare(b.name))
  }

  /** A file that the operator chooses; null where they change their mind. Throws `bad_usage`, `too_large`. */
  async open(): Promise<WorkflowFileView | null> {
    const path = await this.#shell.pickFile({ purpose: 'openWorkflow', extensions: ['json'] })
    if (path === null) return null
    const text = await readText(path)
    this.#remember(path)
    return { path, text }
  }

  /**
   * Writes a workflow, whole or not at all: to `path`, if the operator chose that one before, else to where they say now.
   * Null where they change their mind. Throws `bad_usage`, and `too_large` for what could not be opened again.
   */
  async save(file: {
    readonly text: string
    readonly path?: string | undefined
    readonly suggestedName?: string | undefined
  }): Promise<{ readonly path: string } | null> {
    if (file.path !== undefined && !this.#known.has(file.path))
      throw new DriadError('bad_usage', 'This file was not opened here; choose where to save')
    assertFits(Buffer.byteLength(file.text))
    const path =
      file.path ??
      (await this.#shell.pickSaveTarget({
        purpose: 'saveWorkflow',
        suggestedName: basename(file.suggestedName ?? 'workflow.json'),
      }))
    if (path === null) return null
    await writeText(path, file.text)
    this.#remember(path)
    return { path }
  }

  #remember(path: string): void {
    this.#known.delete(path)
    this.#known.add(path)
    for (const oldest of this.#known) {
      if (this.#known.size <= KNOWN_PATHS) break
      this.#known.delete(oldest)
    }
  }
}

function takesInput({ tasks, steps, returnValue }: Workflow): boolean {
  const values = [
    ...tasks.flatMap(({ inputs }) => inputs.flatMap(({ value }) => [value, value.searchQuery])),
    ...steps.map(({ condition }) => condition?.input),
    ...returnValue.inputs,
  ]
  return values.some(
    (value) => value?.type === 'input' || (value?.type === 'read' && value.key === INPUT_KEY),
  )
}

async function readText(path: string): Promise<string> {
  let bytes: Buffer
  try {
    const found = await stat(path)
    // Neither a folder nor a device, which may have no end.
    if (!found.isFile()) throw new DriadError('bad_usage', `${basename(path)} is no file`)
    assertFits(found.size)
    bytes = await readFile(path)
    // It may have grown.
    assertFits(bytes.byteLength)
  } catch (cause) {
    throw cause instanceof DriadError ? cause : unusable(path, 'read', cause)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new DriadError('bad_usage', `${basename(path)} is no text in UTF-8`, { cause })
  }
}

function assertFits(bytes: number): void {
  if (bytes <= workflowLimits.bytes) return
  throw new DriadError('too_large', `A workflow has at most ${workflowLimits.bytes} bytes, and this ${bytes}`)
}

async function writeText(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.part`
  try {
    const file = await open(draft, 'w')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw unusable(path, 'written', cause)
  }
}

function unusable(path: string, how: string, cause: unknown): DriadError {
  const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
  return new DriadError('bad_usage', `${basename(path)} cannot be ${how} (${reason})`, { cause })
}
