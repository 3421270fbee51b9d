/**
 * A snippet of the language server protocol as CodeMirror's: the same tab stops, written otherwise. Of a choice of
 * texts the first is taken.
 */
export function snippetTemplate(snippet: string): string {
  return snippet.replaceAll(
    /\\([\\$}])|\$(\d+)|\$\{(\d+)(?::((?:[^\\}]|\\.)*)|\|([^,|]*)[^|]*\|)?\}|([$#])(?=\{)/g,
    (_all, escaped?: string, bare?: string, stop?: string, text?: string, choice?: string, sign?: string) => {
      if (escaped !== undefined) return escaped
      if (sign !== undefined) return `${sign}\\`
      const field = (text ?? choice ?? '').replaceAll(/\\(.)/g, '$1')
      // A stop's text must have no braces in CodeMirror; such a text is there, and the stop comes after it.
      if (/[{}]/.test(field)) return `${field}\${${stop ?? bare}}`
      return field === '' ? `\${${stop ?? bare}}` : `\${${stop}:${field}}`
    },
  )
}
