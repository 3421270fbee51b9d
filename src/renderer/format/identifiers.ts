/**
 * Shortened in the middle: `12D3…kQ7fZx`. The tail is longer, because peer ids of one key type begin alike.
 * Text that would not become shorter stays whole.
 */
export function shortIdentifier(identifier: string, head = 4, tail = 6): string {
  if (identifier.length <= head + tail + 1) return identifier
  return `${identifier.slice(0, head)}…${identifier.slice(-tail)}`
}

/** The file's name out of a path of either kind of system. */
export function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path
}

/** `~` in place of the home folder; a path elsewhere stays whole. */
export function shortPath(path: string, home: string | undefined): string {
  if (home === undefined || home === '' || !path.startsWith(home)) return path
  const rest = path.slice(home.length)
  return rest === '' || /^[\\/]/.test(rest) ? `~${rest}` : path
}

/** A model name suggested by its file: `Llama-3.2-1B-Instruct-Q4_K_M.gguf` gives `llama-3.2-1b-instruct-q4_k_m`. */
export function modelNameFrom(path: string): string {
  return fileName(path)
    .replace(/\.gguf$/i, '')
    .toLowerCase()
    .replace(/[^a-z0-9._:-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 128)
}
