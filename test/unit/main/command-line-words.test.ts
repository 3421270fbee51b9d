import { expect, it } from 'vitest'
import { commandLineAmong } from '../../../src/main/command-line-words.ts'

const program = '/opt/Driad/driad-desktop'

it('takes the words behind the two hyphens that the script puts there, whatever they are', () => {
  const argv = [program, '--cli', '--no-sandbox', '--log-level=3', '--', 'run', '-', '--cli', '--', 'x']
  expect(commandLineAmong(argv)).toEqual({ words: ['run', '-', '--cli', '--', 'x'], byScript: true })
  expect(commandLineAmong([program, '--cli', '--'])).toEqual({ words: [], byScript: true })
})

it('leaves the words of a person to the script', () => {
  expect(commandLineAmong([program, '--no-sandbox', '--cli', 'ledger', 'list', '--json'])).toEqual({
    words: ['ledger', 'list', '--json'],
    byScript: false,
  })
  expect(commandLineAmong([program, '--cli', 'run', '--', '-'])).toEqual({
    words: ['run', '--', '-'],
    byScript: false,
  })
  expect(commandLineAmong([program, '--cli'])).toEqual({ words: [], byScript: false })
})

it('is none where the app is started', () => {
  expect(commandLineAmong([program, '--hidden'])).toBeUndefined()
  // The arguments of the app that an update watches over.
  expect(commandLineAmong([program, '--update-guard', '/data', '--', '--cli'])).toBeUndefined()
})
