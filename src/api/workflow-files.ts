import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DriadError } from '../protocol/errors.ts'
import type { GalleryItemView, WorkflowFileView } from '../protocol/views.ts'
import { workflowLimits } from '../protocol/workflow/limits.ts'
import { parseWorkflow } from '../protocol/workflow/parse.ts'
import { INPUT_KEY, type Workflow } from '../protocol/workflow/schema.ts'
import type { Shell } from './context.ts'
import { assertFits, readTextFile, writeTextFile } from './text-file.ts'

/** Of so many files, the latest, it is known that the operator chose them. */
const KNOWN_PATHS = 512

const workflowText = { name: 'A workflow', mostBytes: workflowLimits.bytes }

/** Workflows out of files and into them. The window never names a file that the operator did not choose. */
export class WorkflowFiles {
  readonly #shell: Pick<Shell, 'pickFile' | 'pickSaveTarget'>
  readonly #galleryFolder: string
  /** They may be written again. */
  readonly #known = new LatestPaths()
  /** They may be read. */
  readonly #given = new LatestPaths()

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
    return path === null ? null : await this.#read(path)
  }

  /** Files that the operator opened elsewhere, by a file manager say. */
  give(paths: readonly string[]): void {
    for (const path of paths) this.#given.add(path)
  }

  /** One of those that were given. Throws `bad_usage`, `too_large`. */
  async openGiven(path: string): Promise<WorkflowFileView> {
    if (!this.#given.has(path)) throw new DriadError('bad_usage', 'This file was not given to the program')
    return await this.#read(path)
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
    assertFits(Buffer.byteLength(file.text), workflowText)
    const path =
      file.path ??
      (await this.#shell.pickSaveTarget({
        purpose: 'saveWorkflow',
        suggestedName: basename(file.suggestedName ?? 'workflow.json'),
      }))
    if (path === null) return null
    await writeTextFile(path, file.text)
    this.#known.add(path)
    return { path }
  }

  async #read(path: string): Promise<WorkflowFileView> {
    const text = await readTextFile(path, workflowText)
    this.#known.add(path)
    return { path, text }
  }
}

class LatestPaths {
  readonly #paths = new Set<string>()

  has(path: string): boolean {
    return this.#paths.has(path)
  }

  add(path: string): void {
    this.#paths.delete(path)
    this.#paths.add(path)
    for (const oldest of this.#paths) {
      if (this.#paths.size <= KNOWN_PATHS) break
      this.#paths.delete(oldest)
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
