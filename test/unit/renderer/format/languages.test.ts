import { afterEach, describe, expect, it } from 'vitest'
import { type Language, languages, speak } from '../../../../src/locales/translate.ts'
import { capitalised } from '../../../../src/locales/words/capitalised.ts'
import {
  exactCredits,
  parseCredits,
  shortCredits,
  typedCredits,
} from '../../../../src/renderer/format/credits.ts'
import { bytes, count, parameters, percent, rate, short } from '../../../../src/renderer/format/numbers.ts'
import { ago, dayLabel, duration, uptime } from '../../../../src/renderer/format/time.ts'

afterEach(() => speak('en'))

const at = new Date(2026, 10, 22, 14, 5).getTime()

const expected: Readonly<Record<Exclude<Language, 'en'>, readonly string[]>> = {
  de: [
    '12.842',
    '12.800',
    '4,3',
    '4,92 GB',
    '7,6B',
    '99,8 %',
    '2,6 s',
    '3 Std. 5 Min.',
    'vor 18 Min.',
    '2. Nov.',
  ],
  es: [
    '12.842',
    '12,8 mil',
    '4,3',
    '4,92 GB',
    '7,6B',
    '99,8 %',
    '2,6 s',
    '3 h 05 min',
    'hace 18 min',
    '2 nov',
  ],
  tr: ['12.842', '12,8 B', '4,3', '4,92 GB', '7,6B', '%99,8', '2,6 sn', '3 sa 05 dk', '18 dk önce', '2 Kas'],
  zh: [
    '12,842',
    '1.28万',
    '4.3',
    '4.92 GB',
    '7.6B',
    '99.8%',
    '2.6 秒',
    '3 小时 5 分',
    '18 分钟前',
    '11月2日',
  ],
}

describe.each(Object.entries(expected))('in %s', (language, texts) => {
  it('writes numbers, sizes and times as they are written there', async () => {
    await speak(language as Language)
    const written = [
      count(12_842),
      short(12_842),
      rate(4.26),
      bytes(4_920_000_000),
      parameters(7_600_000_000),
      percent(1_284, 1_286),
      duration(2_643),
      uptime(11_100_000),
      ago(at, at + 18 * 60_000),
      dayLabel('2026-11-02'),
    ]
    expect(written.map((text) => text.replaceAll('\u00a0', ' '))).toEqual(texts)
  })
})

it.each(languages)('reads back the amount that a field in %s was filled with', async (language) => {
  await speak(language)
  for (const micro of [1_500_000n, 1_284_500_000n, 1n, 0n, 12_000_000_000_000n])
    expect(parseCredits(typedCredits(micro))).toBe(micro)
})

it('writes amounts with the marks of the language', async () => {
  await speak('de')
  expect(exactCredits('1284500000')).toBe('1.284,50')
  expect(shortCredits('252000')).toBe('0,252')
  expect(shortCredits('-2500000000000')).toBe('−2,5\u00a0Mio.')
})

it('begins a Turkish sentence with its own large i', async () => {
  await speak('tr')
  expect(capitalised('istek sahibi')).toBe('İstek sahibi')
})
