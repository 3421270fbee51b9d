import type { AddedFileView } from '../../../protocol/local-model-views.ts'

export function parametersText(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toPrecision(3)}B parameters`
  if (count >= 1e6) return `${(count / 1e6).toPrecision(3)}M parameters`
  return `${count} parameters`
}

export function megabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(2)} GB` : `${(bytes / 1e6).toFixed(1)} MB`
}

/** `when`: see `whenServed`. */
export function addedText({ path, outcome, name, error }: AddedFileView, when: string): string {
  if (outcome === 'added') return `${name} ${when}`
  if (outcome === 'already') return `${name} is served already`
  return `${path} was not added: ${error?.message}`
}
