/**
 * The seed of a task that came with none: 32 bits of its id, which is random there. Taken up again, it tells the same
 * story, and whoever knows the task can check that story.
 */
export function taskSeed(taskId: string): number {
  return Number.parseInt(taskId.slice(-8), 16)
}
