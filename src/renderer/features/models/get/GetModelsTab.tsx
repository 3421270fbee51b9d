export function GetModelsTab() {
  return null
}
