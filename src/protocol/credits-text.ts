/** Micro-credits as credits: `0.001200`. */
export function creditsText(micro: bigint): string {
  const digits = String(micro < 0n ? -micro : micro).padStart(7, '0')
  return `${micro < 0n ? '-' : ''}${digits.slice(0, -6)}.${digits.slice(-6)}`
}
