/** A vector of length 1 with a dimension for each letter, by how often it is in the text: enough to search by. */
export function letterVector(text: string): Float32Array {
  const vector = new Float32Array(27)
  for (const char of text.toLowerCase()) {
    const letter = char.charCodeAt(0) - 97
    const at = letter >= 0 && letter < 26 ? letter : 26
    vector[at] = (vector[at] as number) + 1
  }
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}
