/** Which of a requester's own tasks come first. Nodes are not told, and other requesters are not affected. */
export const taskPriorities = ['low', 'normal', 'high'] as const
export type TaskPriority = (typeof taskPriorities)[number]

export const DEFAULT_PRIORITY: TaskPriority = 'normal'
