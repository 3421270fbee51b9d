import { afterEach, describe, expect, it } from 'vitest'
import { speak } from '../../../src/locales/translate.ts'
import {
  excludedReason,
  fitWords,
  reasonsBesideFigures,
  recommendationReasons,
  speedWords,
} from '../../../src/locales/words/fit-words.ts'
import type {
  FitView,
  MachineView,
  RecommendationView,
  RecommendedModelView,
} from '../../../src/protocol/fit-views.ts'

const GB = 1e9
const numbers = (neededBytes: number, availableBytes: number) => ({
  neededBytes,
  availableBytes,
  missingBytes: Math.max(0, neededBytes - availableBytes),
})

const fit: FitView = {
  verdict: 'fits',
  contextSize: 8192,
  slots: 1,
  kvType: 'f16',
  gpuLayers: 0,
  totalLayers: 33,
  memory: {} as FitView['memory'],
  ram: numbers(5.3 * GB, 8 * GB),
  vram: numbers(0, 0),
  mostSlots: 4,
  mostContext: 8192,
  correction: 1,
  exact: true,
}
const withGpu = { ...fit, gpuLayers: 33, vram: numbers(2.1 * GB, 4 * GB) }
const speed = { tokensPerSecond: 9.74, range: { low: 6.3, high: 13.1 }, basis: 'measured' } as const

afterEach(async () => speak('en'))

describe('a fit in words', () => {
  it('has the verdict and the numbers that it was decided by', () => {
    expect(fitWords(fit)).toBe('Fits: it takes 5.3 GB of the 8.0 GB of memory that models may use')
    expect(fitWords(withGpu)).toBe(
      'Fits on the GPU: it takes 5.3 GB of the 8.0 GB of memory and 2.1 GB of the 4.0 GB of GPU memory that models may use',
    )
    expect(fitWords({ ...withGpu, verdict: 'partly', gpuLayers: 12 })).toMatch(
      /^Fits partly, as 12 of its 33 layers have room on the GPU: it takes /,
    )
    expect(fitWords({ ...fit, verdict: 'partly' })).toMatch(/^Fits partly, as none of its 33 layers has room/)
  })

  it('says what is missing where it is too large, of one memory or of both', () => {
    const tooLarge = { ...fit, verdict: 'tooLarge' as const }
    const ram = numbers(10 * GB, 8 * GB)
    const vram = numbers(6 * GB, 4 * GB)
    const inMemory = '10.0 GB of memory, models may use 8.0 GB: 2.0 GB are missing'
    const onGpu = '6.0 GB of GPU memory, models may use 4.0 GB: 2.0 GB are missing'
    expect(fitWords({ ...tooLarge, ram })).toBe(`Too large: it needs ${inMemory}`)
    expect(fitWords({ ...tooLarge, vram })).toBe(`Too large: it needs ${onGpu}`)
    expect(fitWords({ ...tooLarge, ram, vram })).toBe(`Too large: it needs ${inMemory}, and ${onGpu}`)
  })

  it('is said in the language that is spoken, with its decimal sign', async () => {
    await speak('de')
    expect(fitWords(withGpu)).toBe(
      'Passt auf die GPU: Es braucht 5,3 GB von 8,0 GB Speicher und 2,1 GB von 4,0 GB GPU-Speicher, die Modelle nutzen dürfen',
    )
    expect(speedWords(speed)).toMatch(/^Etwa 9,7 Tokens\/s, wohl 6,3 bis 13,/)
  })
})

describe('a recommendation in words', () => {
  const wanted: RecommendationView['wanted'] = { slots: 4, contextSize: 8192, atLeastTokensPerSecond: 5 }
  const model: RecommendedModelView = {
    name: 'model:8b',
    title: 'Model 8B',
    quantisation: 'Q4_K_M',
    downloadBytes: 4.92 * GB,
    parameterCount: 8 * GB,
    contextLength: 8192,
    gated: false,
    fit: { ...fit, speed },
    chosenAs: { best: 'highestQuality', among: 41 },
  }

  it('says what it is the best in, how it fits, how fast it is, and what it takes to get it', () => {
    expect(recommendationReasons(model, wanted)).toEqual([
      'The highest quality of 41 models that fit with 4 tasks of 8,192 tokens at a time and are fast enough',
      fitWords(fit),
      'About 9.7 tokens/s, likely 6.3 to 13, worked out from another model on this computer',
      'A download of 4.9 GB',
    ])
  })

  it('says what is not known, and that a licence has to be accepted', () => {
    const { chosenAs: _, ...other } = model
    expect(recommendationReasons({ ...other, gated: true, fit: { ...fit, exact: false } }, wanted)).toEqual([
      fitWords(fit),
      'Nothing is known yet of the speed here: load any model once',
      'A download of 4.9 GB, given out only to who has accepted its licence',
      'Its shape is not known, so the memory is that of a usual model of its size',
    ])
  })

  it('does not say again what stands in the figures', () => {
    expect(reasonsBesideFigures(model, wanted)).toEqual([
      'The highest quality of 41 models that fit with 4 tasks of 8,192 tokens at a time and are fast enough',
    ])
    const { chosenAs: _, ...other } = model
    expect(reasonsBesideFigures({ ...other, gated: true, fit: { ...fit, exact: false } }, wanted)).toEqual([
      'Nothing is known yet of the speed here: load any model once',
      'A download of 4.9 GB, given out only to who has accepted its licence',
      'Its shape is not known, so the memory is that of a usual model of its size',
    ])
  })

  it('says what is in the way of a better one', () => {
    const situation = { wanted, machine: { diskFreeBytes: 3 * GB } as MachineView }
    const better = { name: 'large', title: 'Large', downloadBytes: 18 * GB, missingBytes: 0 }
    expect(excludedReason({ ...better, because: 'memory', fit }, situation)).toBe(fitWords(fit))
    expect(excludedReason({ ...better, because: 'disk', fit }, situation)).toBe(
      'It would not fit on the disk: a download of 18.0 GB, 3.0 GB are free',
    )
    expect(excludedReason({ ...better, because: 'speed', fit: { ...fit, speed } }, situation)).toBe(
      'Slower than 5 tokens/s here. About 9.7 tokens/s, likely 6.3 to 13, worked out from another model on this computer',
    )
  })
})
