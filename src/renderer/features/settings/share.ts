/** 0.125 is `12.5`. */
export function shareText(share: number): string {
  return String(Number((share * 100).toPrecision(6)))
}

/** What a person wrote in percent, as a number from 0 to 1; undefined where it is none. */
export function parseShare(text: string): number | undefined {
  const written = text.trim().replace(',', '.')
  if (!/^\d{1,3}(\.\d{1,4})?$/.test(written)) return undefined
  const percent = Number(written)
  return percent <= 100 ? percent / 100 : undefined
}
