import { driad } from './driad-process.ts'

/** Makes the node of a data folder compute for a tenth of the time, so that tasks of the small model last long enough to be met halfway. */
export async function slowDown(dataDir: string): Promise<void> {
  const { code, stderr } = await driad([
    'settings',
    'set',
    'computeSharePercent',
    '10',
    '--data-dir',
    dataDir,
  ])
  if (code !== 0) throw new Error(`The node could not be slowed down: ${stderr}`)
}
