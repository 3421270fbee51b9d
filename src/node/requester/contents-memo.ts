import type { RequestContents } from './request-types.ts'

const MAX_TASKS = 4_096
/** Of workflows, inputs and texts, in UTF-16 units. */
const MAX_CHARS = 4 * 1024 * 1024

/**
 * Contents of tasks that are on disk and under way, oldest use first. They never change, so what was read or written once need
 * not be read again to assign the task and to judge its outcome.
 */
export class ContentsMemo {
  readonly #known = new Map<string, RequestContents>()
  #chars = 0

  get(taskId: string): RequestContents | undefined {
    const contents = this.#known.get(taskId)
    if (contents === undefined) return undefined
    this.#known.delete(taskId)
    this.#known.set(taskId, contents)
    return contents
  }

  set(taskId: string, contents: RequestContents): void {
    this.delete(taskId)
    this.#known.set(taskId, contents)
    this.#chars += charsOf(contents)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_TASKS && this.#chars <= MAX_CHARS) return
      this.delete(oldest)
    }
  }

  delete(taskId: string): void {
    const contents = this.#known.get(taskId)
    if (contents === undefined) return
    this.#known.delete(taskId)
    this.#chars -= charsOf(contents)
  }
}

function charsOf({ workflowJson, input = '', scoreText = '' }: RequestContents): number {
  return workflowJson.length + input.length + scoreText.length
}
