export interface Series {
  readonly name: string
  /** From left to right. */
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface PlotInit {
  readonly title: string
  readonly x: string
  readonly y: string
  readonly series: readonly Series[]
  /** Powers of ten on that axis. */
  readonly logX?: boolean
  /** A line that must not be crossed. */
  readonly limit?: { readonly y: number; readonly name: string }
}

const WIDTH = 720
const HEIGHT = 400
const MARGIN = { left: 70, right: 150, top: 44, bottom: 52 }
/** Told apart in grey, too: each has dashes of its own. */
const STYLES = [
  { color: '#0b6e4f', dash: '' },
  { color: '#b3541e', dash: '7 4' },
  { color: '#3557a8', dash: '2 4' },
  { color: '#7a3b8f', dash: '10 3 2 3' },
] as const

/** A line plot as SVG: axes from 0 (or the decade below), a legend at the right, and markers where there are few points. */
export function linePlot({ title, x, y, series, logX = false, limit }: PlotInit): string {
  const xs = series.flatMap(({ points }) => points.map(([value]) => value))
  const ys = series.flatMap(({ points }) => points.map(([, value]) => value))
  const toX = logX ? Math.log10 : (value: number) => value
  const marks = marksOf(xs, logX)
  const left = logX ? toX(Math.min(...xs, ...marks)) : 0
  const right = toX(Math.max(...xs, ...marks))
  const steps = ticks(Math.max(...ys, limit?.y ?? 0))
  const top = steps.at(-1) ?? 1
  const width = WIDTH - MARGIN.left - MARGIN.right
  const height = HEIGHT - MARGIN.top - MARGIN.bottom
  const px = (value: number) => MARGIN.left + ((toX(value) - left) / (right - left || 1)) * width
  const py = (value: number) => MARGIN.top + height - (value / top) * height
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="24" font-size="15" font-weight="600">${escaped(title)}</text>`,
  ]
  for (const step of steps) {
    out.push(line(MARGIN.left, py(step), MARGIN.left + width, py(step), '#ddd'))
    out.push(label(MARGIN.left - 8, py(step) + 4, number(step), 'end'))
  }
  for (const mark of marks) out.push(label(px(mark), MARGIN.top + height + 18, number(mark), 'middle'))
  out.push(label(MARGIN.left + width / 2, HEIGHT - 12, x, 'middle'))
  out.push(
    `<text transform="translate(18 ${MARGIN.top + height / 2}) rotate(-90)" text-anchor="middle">${escaped(y)}</text>`,
  )
  if (limit !== undefined) {
    out.push(line(MARGIN.left, py(limit.y), MARGIN.left + width, py(limit.y), '#b00020', '4 3'))
    out.push(label(MARGIN.left + width + 8, py(limit.y) + 4, limit.name))
  }
  for (const [index, { name, points }] of series.entries()) {
    const { color, dash } = STYLES[index % STYLES.length] ?? STYLES[0]
    const path = points.map(([at, value]) => `${px(at).toFixed(1)},${py(value).toFixed(1)}`).join(' ')
    out.push(
      `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"/>`,
    )
    if (points.length <= 12) {
      for (const [at, value] of points)
        out.push(`<circle cx="${px(at).toFixed(1)}" cy="${py(value).toFixed(1)}" r="3.5" fill="${color}"/>`)
    }
    const legendY = MARGIN.top + 40 + index * 20
    const legendX = MARGIN.left + width + 12
    out.push(line(legendX, legendY - 4, legendX + 24, legendY - 4, color, dash))
    out.push(label(legendX + 30, legendY, name))
  }
  return `${[...out, '</svg>'].join('\n')}\n`
}

/** On a logarithmic axis each value where they are few, else the powers of ten around and between them. */
function marksOf(xs: readonly number[], logX: boolean): number[] {
  if (!logX) return ticks(Math.max(...xs))
  const values = [...new Set(xs)].toSorted((a, b) => a - b)
  if (values.length <= 8) return values
  const first = Math.floor(Math.log10(values[0] ?? 1))
  const last = Math.ceil(Math.log10(values.at(-1) ?? 1))
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index))
}

/** Round steps from 0 to the first one that is not below the most. */
function ticks(most: number): number[] {
  const rough = most / 5
  const power = 10 ** Math.floor(Math.log10(rough || 1))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? power
  return Array.from({ length: Math.max(1, Math.ceil(most / step - 1e-9)) + 1 }, (_, index) => index * step)
}

function line(x1: number, y1: number, x2: number, y2: number, color: string, dash = ''): string {
  return `<line x1="${x1}" y1="${y1.toFixed(1)}" x2="${x2}" y2="${y2.toFixed(1)}" stroke="${color}" stroke-width="${color === '#ddd' ? 1 : 2}" stroke-dasharray="${dash}"/>`
}

function label(x: number, y: number, text: string, anchor = 'start'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(text)}</text>`
}

function number(value: number): string {
  return Number(value.toPrecision(3)).toLocaleString('en')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
