import { copyFileSync, existsSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'

const ICD_FOLDER = '/usr/share/vulkan/icd.d'

/** A GPU made of the processor (Mesa's llvmpipe), that tests can take away and bring back. */
export interface SoftwareGpu {
  /** For the inference child: only this device, and one thread for it. */
  readonly env: NodeJS.ProcessEnv
  /** From now on no process finds it; one that has it keeps it. */
  remove(): void
  putBack(): void
}

/** Undefined where Mesa's driver is not on this computer. Says so, as its tests are skipped then. */
export function findSoftwareGpu(): string | undefined {
  const name = existsSync(ICD_FOLDER)
    ? readdirSync(ICD_FOLDER).find((file) => /^lvp_icd\..*json$/.test(file))
    : undefined
  if (name !== undefined) return join(ICD_FOLDER, name)
  console.warn(
    'Skipped, as there is no software GPU on this computer (Debian: mesa-vulkan-drivers libvulkan1)',
  )
  return undefined
}

/** Its description is copied into a folder of the test, where it can be moved away. */
export function softwareGpuIn(folder: string, description: string): SoftwareGpu {
  const path = join(folder, 'lvp_icd.json')
  const away = `${path}.away`
  copyFileSync(description, path)
  return {
    env: { VK_ICD_FILENAMES: path, VK_DRIVER_FILES: path, LP_NUM_THREADS: '1', GGML_VK_VISIBLE_DEVICES: '0' },
    remove: () => renameSync(path, away),
    putBack: () => renameSync(away, path),
  }
}
