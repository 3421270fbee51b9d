import { byteWords } from './byte-words.ts'
import type { ExpectedSpeed } from './expected-speed.ts'
import type { Fit, FitNumbers } from './fit-of.ts'

/** A fit in a sentence, with the numbers that it was decided by. */
export function fitWords({ verdict, ram, vram, gpuLayers, totalLayers }: Fit): string {
  if (verdict === 'tooLarge') {
    const short = [missingText(ram, 'memory'), missingText(vram, 'GPU memory')].filter((text) => text !== '')
    return `Too large: it needs ${short.join(', and ')}`
  }
  const needs = [
    ram.neededBytes > 0
      ? `${byteWords(ram.neededBytes)} of the ${byteWords(ram.availableBytes)} of memory`
      : '',
    vram.neededBytes > 0
      ? `${byteWords(vram.neededBytes)} of the ${byteWords(vram.availableBytes)} of GPU memory`
      : '',
  ].filter((text) => text !== '')
  const takes = `it takes ${needs.join(' and ')} that models may use`
  if (verdict === 'fits') {
    return gpuLayers > 0 ? `Fits on the GPU: ${takes}` : `Fits: ${takes}`
  }
  const where =
    gpuLayers === 0
      ? `none of its ${totalLayers} layers has room on the GPU`
      : `${gpuLayers} of its ${totalLayers} layers have room on the GPU`
  return `Fits partly, as ${where}: ${takes}`
}

function missingText({ neededBytes, availableBytes, missingBytes }: FitNumbers, what: string): string {
  if (missingBytes === 0) return ''
  const [needed, available, missing] = [neededBytes, availableBytes, missingBytes].map(byteWords)
  return `${needed} of ${what}, models may use ${available}: ${missing} are missing`
}

const BASIS: Readonly<Record<ExpectedSpeed['basis'], string>> = {
  thisModel: 'measured with this model on this computer',
  measured: 'worked out from another model on this computer',
  memory: "worked out from the speed of this computer's memory",
  reference: 'worked out from another computer of this kind',
}

export function speedWords({ tokensPerSecond, range, basis }: ExpectedSpeed): string {
  return `About ${number(tokensPerSecond)} tokens/s, likely ${number(range.low)} to ${number(range.high)}, ${BASIS[basis]}`
}

function number(value: number): string {
  return value >= 10 ? String(Math.round(value)) : value.toFixed(1)
}
