/** The scheme of links that lead into the window: `driad://models/get`. */
export const LINK_SCHEME = 'driad'

const LINK = /^driad:\/{2,3}([a-z-]{1,20})((?:\/[\w.:@%+-]{1,200}){0,2})\/?$/i

/**
 * The place in the window that a link leads to, as its location's hash: `driad://tasks/executed/0193…` is `#/tasks/executed/0193…`.
 * Undefined for what is none. A link only shows something: whoever made it, it changes nothing.
 */
export function routeOfLink(link: string): string | undefined {
  const match = LINK.exec(link)
  if (match === null) return undefined
  const [, view = '', rest = ''] = match
  return `#/${view.toLowerCase()}${rest}`
}

/** The link among the arguments that a system starts a program with for it. */
export function linkAmong(argv: readonly string[]): string | undefined {
  return argv.find((argument) => routeOfLink(argument) !== undefined)
}
