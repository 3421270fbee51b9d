/** Groups of models, by the names that they have had since Dria's first SDK; the last three are what the models are for. */
export const modelGroups = [
  'small',
  'mid',
  'large',
  'reasoning',
  'coder',
  'ollama',
  'openrouter',
  'chat',
  'base',
  'embedding',
] as const
export type ModelGroup = (typeof modelGroups)[number]

/** What a group is written with: no name of a model can begin with it, so an own model called `small` stays one. */
const GROUP_MARK = '@'

/** A group as a task's set of models names it: `@small`. */
export type GroupName = `@${ModelGroup}`

export function isGroupName(text: string): boolean {
  return text.startsWith(GROUP_MARK)
}

/** The group that `@small` names; undefined where there is none of that name. */
export function groupOf(text: string): ModelGroup | undefined {
  const name = text.slice(GROUP_MARK.length)
  return isGroupName(text) ? modelGroups.find((group) => group === name) : undefined
}
