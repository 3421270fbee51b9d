export function FilesTab() {
  return null
}
