import { describe, expect, it } from 'vitest'
import { ProgramTexts } from '../../../../src/node/diagnostics/program-texts.ts'
import { Pseudonyms } from '../../../../src/node/diagnostics/pseudonyms.ts'
import { SafeText } from '../../../../src/node/diagnostics/safe-text.ts'

const ME = '12D3KooWAbqQtLTbBVxxnAqPqQCJgEpoLgxwgcDYkMdK98Kc1AQW'
const OTHER = '12D3KooWAJRW52MTNDPMFo9xcE2gMEpA6aGLQjfnzR4gf5U7oLVm'

const open = () =>
  new SafeText({
    texts: new ProgramTexts({
      texts: [
        ['The inference process ', ''],
        ['The inference process wrote: ', ''],
        ['was killed (', ')'],
        ['did not answer for ', ' s'],
        ['', ' is loaded: ', ' threads, ', ' tokens/s'],
        ['A task ended'],
      ],
      words: ['retry', 'vulkan'],
      names: [
        'reason',
        'taskId',
        'error',
        'message',
        'code',
        'name',
        'stack',
        'cause',
        'peer',
        'addresses',
        'list',
      ],
    }),
    pseudonyms: new Pseudonyms({ peerId: ME }),
    publicNames: new Set(['llama3.2:1b']),
    dataFolder: '/home/mirabel/.local/share/driad',
    homeFolder: '/home/mirabel',
  })

describe('what a text may say', () => {
  it.each([
    ['A task ended', 'A task ended'],
    ['retry', 'retry'],
    ['The inference process was killed (SIGSEGV)', 'The inference process was killed (SIGSEGV)'],
    ['The inference process did not answer for 30 s', 'The inference process did not answer for 30 s'],
    ['llama3.2:1b is loaded: 8 threads, 17.9 tokens/s', 'llama3.2:1b is loaded: 8 threads, 17.9 tokens/s'],
    ['The inference process wrote: Dear diary', 'The inference process wrote: […]'],
    ['The inference process was killed (by my prompt)', 'The inference process was killed ([…])'],
    ['my-secret is loaded: 8 threads, 1 tokens/s', '[…] is loaded: 8 threads, 1 tokens/s'],
    ['Dear diary', '[…]'],
    ['a task ended', '[…]'],
    ['A task ended, and more', '[…]'],
    ['12345678901234567', '[…]'],
    ['', ''],
  ])('%s', (text, told) => {
    expect(open().text(text)).toBe(told)
  })

  it('exchanges names of peers and addresses, the same for the same', () => {
    const safe = open()
    expect(safe.text(ME)).toBe('this-node')
    expect(safe.text(OTHER)).toBe('peer-1')
    expect(safe.text(`/ip4/203.0.113.7/tcp/4001/p2p/${OTHER}`)).toBe('/ip4/reserved-ip-1/tcp/4001/p2p/peer-1')
    expect(safe.text('/ip4/8.8.4.4/tcp/4001')).toBe('/ip4/public-ip-1/tcp/4001')
    expect(safe.text('/ip4/192.168.1.20/tcp/1/ws')).toBe('/ip4/private-ip-1/tcp/1/ws')
    expect(safe.text('8.8.4.4')).toBe('public-ip-1')
    expect(safe.text('/ip6/::1/tcp/7')).toBe('/ip6/::1/tcp/7')
    expect(safe.text('/dns4/mirabel.example.org/tcp/443/tls/ws')).toBe('/dns4/host-1/tcp/443/tls/ws')
    expect(safe.text('/ip4/8.8.4.4/tcp/1/my-words/here')).toBe('/ip4/public-ip-1/tcp/1/?')
  })

  it.each([
    ['/home/mirabel/.local/share/driad/models/divorce.gguf', '<data folder>/….gguf'],
    ['/home/mirabel/Documents/divorce papers.pdf', '~/….pdf'],
    ['/srv/divorce/papers', '/…'],
    ['C:\\Users\\Mirabel\\divorce.txt', '/….txt'],
  ])('tells of a path only where it is: %s', (path, told) => {
    expect(open().text(path)).toBe(told)
  })
})

describe('what fields may say', () => {
  it('keeps names of the program alone, with what their values may say', () => {
    const told = open().value({
      taskId: '01931f2a-1111-7abc-8def-001122334455',
      reason: 'Dear diary',
      'Dear diary': 1,
      peer: OTHER,
      list: [1, true, null, 'retry', 'Dear diary', ['Dear diary'], { reason: 'Dear diary', Dear: 'diary' }],
    })
    expect(told).toEqual({
      taskId: '01931f2a-1111-7abc-8def-001122334455',
      reason: '[…]',
      peer: 'peer-1',
      list: [1, true, null, 'retry', '[…]', ['[…]'], { reason: '[…]' }],
    })
  })

  it('tells of an error its class, its code and where it was, and nothing of its message', () => {
    const told = open().value({
      error: {
        name: 'TypeError',
        message: 'Dear diary',
        code: 'ERR_INVALID_STATE',
        stack:
          'TypeError: Dear diary\n    at Thing.work (file:///home/mirabel/driad/out/main/chunks/host-Ab12.js:10:22)',
        cause: { name: 'Dear', message: 'A task ended', code: 'Dear diary' },
      },
    })
    expect(told).toEqual({
      error: {
        name: 'TypeError',
        message: '[…]',
        code: 'ERR_INVALID_STATE',
        stack: ['host-Ab12.js:10:22'],
        cause: { name: '[…]', message: 'A task ended', code: '[…]' },
      },
    })
  })

  it('does not go down for ever', () => {
    let deep: unknown = 'retry'
    for (let level = 0; level < 100; level++) deep = { list: deep }
    expect(JSON.stringify(open().value(deep)).length).toBeLessThan(200)
  })
})
