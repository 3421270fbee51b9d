import { expect, it } from 'vitest'
import { filesAmong, lastingArguments, openedFiles, requestSome } from '../../../src/main/opened-files.ts'

it('finds files by path and by address among what a system starts a program with', () => {
  const argv = [
    '/usr/bin/driad-desktop',
    '--hidden',
    '--model=x.gguf',
    'driad://logs',
    'a.GGUF',
    'sub/b.driad.json',
    '/c/d.gguf',
    'file:///e/f%20g.bin',
    'file://elsewhere/h.gguf',
    'file:///%2F',
    'notes.txt',
  ]
  expect(filesAmong(argv, '/home/me')).toEqual([
    '/home/me/a.GGUF',
    '/home/me/sub/b.driad.json',
    '/c/d.gguf',
    '/e/f g.bin',
  ])
})

it('takes one more than the window does, and no path that is longer than paths can be', () => {
  const many = Array.from({ length: 1000 }, (_, index) => `${index}.gguf`)
  expect(filesAmong(many, '/')).toHaveLength(257)
  expect(filesAmong([`${'x'.repeat(5000)}.gguf`], '/')).toEqual([])
})

it('keeps what was opened before there was a window, as one', () => {
  const files = openedFiles()
  requestSome(files, [])
  requestSome(files, ['/a.gguf'])
  requestSome(files, ['/b.gguf'])
  const heard: (readonly string[])[] = []
  files.follow((paths) => heard.push(paths))
  requestSome(files, [])
  requestSome(files, ['/c.gguf'])
  expect(heard).toEqual([['/a.gguf', '/b.gguf'], ['/c.gguf']])
})

it('is not started again for what it has shown', () => {
  const argv = ['--hidden', '/a.gguf', '--data-dir', '/data', 'driad://logs', 'file:///b.json']
  expect(lastingArguments(argv)).toEqual(['--hidden', '--data-dir', '/data'])
})
