import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import type { GpuBackend } from '../../../protocol/device-views.ts'

const SMI_TIMEOUT_MS = 5_000
const NVIDIA_VENDOR = '0x10de'

/** Device files of NVIDIA's kernel drivers: of cards, of WSL, of Jetsons. Without any of them CUDA cannot work. */
const NVIDIA_FILES = ['/dev/nvidiactl', '/dev/dxg', '/dev/nvhost-ctrl', '/dev/nvhost-ctrl-gpu', '/dev/nvmap']

/** Why CUDA cannot work on this Linux, as far as that is plain without trying; undefined where it has to be tried. */
export function noCudaBecause(): { problem: 'driver_missing' | 'no_device'; message: string } | undefined {
  if (process.platform !== 'linux' || NVIDIA_FILES.some((path) => existsSync(path))) return undefined
  if (hasNvidiaCard()) {
    const message =
      'There is an NVIDIA card, but its driver is not loaded: install it, or restart after an update of it'
    return { problem: 'driver_missing', message }
  }
  return { problem: 'no_device', message: 'There is no NVIDIA card in this computer' }
}

function hasNvidiaCard(): boolean {
  const folder = '/sys/bus/pci/devices'
  try {
    return readdirSync(folder).some((card) => {
      const read = (name: string) => readFileSync(`${folder}/${card}/${name}`, 'utf8').trim()
      // Class 03 is a display controller; NVIDIA makes network and sound devices, too.
      return read('vendor') === NVIDIA_VENDOR && read('class').startsWith('0x03')
    })
  } catch {
    return false
  }
}

/** The version of the driver behind a device, where the system tells. */
export async function driverVersion(
  backend: GpuBackend,
  device: { readonly name: string; readonly driver?: string },
): Promise<string | undefined> {
  const text = `${device.name} ${device.driver ?? ''}`
  if (backend === 'cuda' || /nvidia|geforce|quadro|tesla/i.test(text)) return await nvidiaVersion()
  return /amd|radeon|radv/i.test(text) ? fileText('/sys/module/amdgpu/version') : undefined
}

async function nvidiaVersion(): Promise<string | undefined> {
  const kernel = fileText('/proc/driver/nvidia/version')
  const version = kernel?.match(/\b\d{3,}\.\d+(?:\.\d+)?\b/)?.[0]
  if (version !== undefined) return version
  try {
    const args = ['--query-gpu=driver_version', '--format=csv,noheader']
    const { stdout } = await promisify(execFile)('nvidia-smi', args, { timeout: SMI_TIMEOUT_MS })
    return stdout.split('\n')[0]?.trim() || undefined
  } catch {
    return undefined
  }
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
