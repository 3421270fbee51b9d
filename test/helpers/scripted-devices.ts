import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { FoundDevice } from '../../src/node/inference/contract.ts'
import { type DevicesInit, openDevices } from '../../src/node/inference/devices/open-devices.ts'
import { forkInferenceChild } from '../../src/node/inference/fork-child.ts'
import { openSettings } from '../../src/node/settings/settings.ts'
import { openStore } from '../../src/node/store/open-store.ts'
import { recordingLogger } from './recording-logger.ts'
import { tempFolder } from './temp-folder.ts'

const entry = fileURLToPath(new URL('../fixtures/probing-child.mjs', import.meta.url))

/** What a process finds that sees the device of that name: `vulkan` (all of them), `vulkan:0`, `vulkan:0 trial`, `cpu`. */
export type DriverScript = Readonly<
  Record<string, 'crash' | 'hang' | 'none' | 'fail' | readonly (Partial<FoundDevice> & { name: string })[]>
>

/** The devices of a data folder, found by real processes whose drivers behave as the test says. */
export function scriptedDevices(first: DriverScript) {
  const folder = tempFolder()
  const scriptPath = folder.file('script.json')
  const { logger, lines } = recordingLogger()
  const script = (next: DriverScript) =>
    writeFileSync(scriptPath, JSON.stringify({ cpu: [{ name: 'A processor', kind: 'cpu' }], ...next }))
  script(first)
  const store = openStore({ path: folder.file('driad.db') })
  const settings = openSettings({ store })
  const open = (init: DevicesInit = {}) => {
    const env = { PROBE_SCRIPT: scriptPath }
    const launch = forkInferenceChild({ entry, logger, env })
    return openDevices({ launch, store, settings, logger }, { env, ...init })
  }
  return {
    open,
    script,
    settings,
    store,
    lines,
    [Symbol.asyncDispose]: async () => {
      await store.close()
      folder[Symbol.dispose]()
    },
  }
}
