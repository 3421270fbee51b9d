import { type ProcessKind, processKinds } from './process-figures.ts'
import type { Sample } from './sampler.ts'

const WIDTH = 820
const HEIGHT = 320
const LEFT = 48
const RIGHT = 90
const TOP = 16
const BOTTOM = 36
const MIB = 2 ** 20

/** Told apart by their lightness, too, and readable on white as on black. */
const colours: Readonly<Record<ProcessKind, string>> = {
  main: '#1a9c6b',
  window: '#5b8def',
  gpu: '#b07cc6',
  inference: '#e0923a',
  helper: '#8a8f98',
}

/** Memory of each kind of process over time, as an SVG. */
export function plotMemory(samples: readonly Sample[]): string {
  const endMs = samples.at(-1)?.atMs ?? 1
  const most = Math.max(...samples.flatMap(({ kinds }) => processKinds.map((kind) => kinds[kind].pssBytes)))
  const topMib = Math.ceil(most / MIB / 50) * 50
  const x = (atMs: number) => (LEFT + (atMs / endMs) * (WIDTH - LEFT - RIGHT)).toFixed(1)
  const y = (mib: number) => (HEIGHT - BOTTOM - (mib / topMib) * (HEIGHT - TOP - BOTTOM)).toFixed(1)
  const steps = Array.from({ length: topMib / 50 + 1 }, (_, index) => index * 50)
  const minutes = Array.from({ length: Math.floor(endMs / 600_000) + 1 }, (_, index) => index * 10)
  const grid = steps.map(
    (mib) =>
      `<path class="grid" d="M${LEFT} ${y(mib)}H${WIDTH - RIGHT}"/><text x="${LEFT - 6}" y="${y(mib)}" dy="4" text-anchor="end">${mib}</text>`,
  )
  const times = minutes.map(
    (minute) =>
      `<text x="${x(minute * 60_000)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${minute}</text>`,
  )
  const phases = ['idle', 'paused', 'paused-hidden'].flatMap((phase) => {
    const first = samples.find((sample) => sample.phase === phase)
    return first === undefined
      ? []
      : [`<path class="phase" d="M${x(first.atMs)} ${TOP}V${HEIGHT - BOTTOM}"><title>${phase}</title></path>`]
  })
  const lines = processKinds.map((kind) => {
    const points = samples.map(({ atMs, kinds }) => `${x(atMs)} ${y(kinds[kind].pssBytes / MIB)}`)
    const last = (samples.at(-1)?.kinds[kind].pssBytes ?? 0) / MIB
    return `<path d="M${points.join('L')}" fill="none" stroke="${colours[kind]}" stroke-width="1.3"/><text x="${WIDTH - RIGHT + 6}" y="${y(last)}" dy="4" style="fill:${colours[kind]}">${kind}</text>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Memory of each kind of process over the soak, in MiB">
<style>text{font:11px sans-serif;fill:#5c636b}.grid{stroke:#8884;stroke-width:.5}.phase{stroke:#888;stroke-dasharray:3 3;stroke-width:.8}</style>
${[...grid, ...times, ...phases, ...lines].join('\n')}
<text x="${LEFT}" y="${HEIGHT - 4}">minutes; MiB (PSS); dashed: no more tasks, paused, hidden</text>
</svg>
`
}
