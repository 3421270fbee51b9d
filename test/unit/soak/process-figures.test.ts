import { expect, it } from 'vitest'
import { figuresOf, kindOf } from '../../soak/process-figures.ts'

const program = '/home/user/Driad/driad-desktop'

it('knows the processes of the app by their command lines', () => {
  const kind = (...command: string[]) => kindOf(command, program)
  expect(kind(program, '--network', 'main')).toBe('main')
  expect(kind(program, '--type=renderer', '--lang=en')).toBe('window')
  expect(kind(program, '--type=gpu-process')).toBe('gpu')
  expect(kind(program, '--type=utility', '--utility-sub-type=node.mojom.NodeService')).toBe('inference')
  expect(kind(program, '--type=utility', '--utility-sub-type=network.mojom.NetworkService')).toBe('helper')
  expect(kind(program, '--type=zygote')).toBe('helper')
  expect(kind('/home/user/Driad/chrome_crashpad_handler', '--monitor-self')).toBe('helper')
  expect(kind('Xvfb', '-displayfd', '3')).toBeUndefined()
})

it.skipIf(process.platform !== 'linux')('reads what a process uses, and nothing of one that has gone', () => {
  const own = figuresOf(process.pid, 'main')
  expect(own?.rssBytes).toBeGreaterThanOrEqual(own?.pssBytes ?? Number.POSITIVE_INFINITY)
  expect(own?.threads).toBeGreaterThan(1)
  expect(own?.descriptors).toBeGreaterThan(2)
  expect(own?.cpuMs).toBeGreaterThan(0)
  expect(figuresOf(2 ** 22 + 1, 'main')).toBeUndefined()
})
