import { fitWords, speedWords } from '../../../locales/words/fit-words.ts'
import { sizeWords } from '../../../locales/words/size-words.ts'
import type { FitView, MachineView } from '../../../protocol/fit-views.ts'
import type { MemoryShare } from '../../../protocol/model-fit/estimate-memory.ts'
import { kvTypes } from '../../../protocol/model-fit/memory-plan.ts'

/** The plan that was asked for, in lines of `label: value`. */
export function fitLines(fit: FitView): [string, string][] {
  const { memory } = fit
  return [
    ['verdict', `${fitWords(fit)}, with ${plan(fit)}`],
    [
      'memory',
      `weights ${shareText(memory.weights)}, cache ${shareText(memory.cache)}, compute ${shareText(memory.compute)}, other ${shareText(memory.overhead)}`,
    ],
    [
      'at most',
      fit.mostSlots === 0
        ? 'no slot of this context'
        : `${fit.mostSlots} slots of this context, or ${fit.mostContext} tokens for each of these slots`,
    ],
    ...(fit.speed === undefined ? [] : [['speed', speedWords(fit.speed)] satisfies [string, string]]),
    ...(fit.correction === 1
      ? []
      : [
          [
            'correction',
            `${fit.correction.toFixed(2)} times what is worked out, as earlier loads here took`,
          ] satisfies [string, string],
        ]),
  ]
}

/** Memory by context, slots and type of the cache. */
export function fitTable(fits: readonly FitView[]): string {
  const rows = new Map<string, FitView[]>()
  for (const fit of fits) {
    const key = `${String(fit.contextSize).padStart(9)}  ${String(fit.slots).padStart(5)}`
    rows.set(key, [...(rows.get(key) ?? []), fit])
  }
  const head = `  context  slots${kvTypes.map((type) => `cache ${type}`.padStart(22)).join('')}`
  return [
    head,
    ...[...rows].map(([key, row]) => key + row.map((fit) => cellText(fit).padStart(22)).join('')),
  ].join('\n')
}

export function machineLines(machine: MachineView): [string, string][] {
  return [
    ['processor', `${machine.cpu}, ${machine.cores} cores`],
    [
      'memory',
      `${sizeWords(machine.ramTotalBytes)}, of which models may use ${sizeWords(machine.ramForModelsBytes)}`,
    ],
    ...machine.gpus.map(
      (gpu) =>
        ['gpu', `${gpu.name} (${gpu.backend}), ${sizeWords(gpu.totalBytes)}`] satisfies [string, string],
    ),
    ['disk', `${sizeWords(machine.diskFreeBytes)} free`],
  ]
}

export function labelled(lines: readonly (readonly [string, string])[]): string {
  return lines.map(([label, value]) => `${label.padEnd(13)} ${value}`).join('\n')
}

function plan({ slots, contextSize, kvType }: FitView): string {
  return `${slots} ${slots === 1 ? 'slot' : 'slots'} of ${contextSize} tokens (cache as ${kvType})`
}

function cellText({ memory, verdict, gpuLayers, totalLayers }: FitView): string {
  const bytes = sizeWords(memory.total.ram + memory.total.vram)
  if (verdict === 'tooLarge') return `${bytes} too large`
  return verdict === 'fits' ? `${bytes} fits` : `${bytes} ${gpuLayers}/${totalLayers} on GPU`
}

function shareText({ ram, vram }: MemoryShare): string {
  if (vram === 0) return sizeWords(ram)
  return ram === 0 ? `${sizeWords(vram)} on the GPU` : `${sizeWords(ram)} + ${sizeWords(vram)} on the GPU`
}
