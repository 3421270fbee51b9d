import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeTestFolder } from '../helpers/driad-process.ts'
import { Camera } from './camera.ts'
import { galleryText } from './gallery.ts'
import { Market } from './market.ts'
import { makePlace } from './place.ts'
import { atWork } from './scenes/at-work.ts'
import { firstRun, oneClick } from './scenes/first-run.ts'
import { type ShotName, shots } from './shots.ts'
import { startSlowHub } from './slow-hub.ts'

const { values, positionals } = parseArgs({
  options: {
    out: { type: 'string', default: fileURLToPath(new URL('../../docs/screenshots', import.meta.url)) },
  },
  allowPositionals: true,
})
const camera = new Camera(values.out, positionals)
const wanted = (Object.keys(shots) as ShotName[]).filter((shot) => camera.wants(shot))
const ofNewNodes = wanted.filter((shot) => shot === 'welcome' || shot.startsWith('first-run-'))

{
  using folder = makeTestFolder()
  await using hub = await startSlowHub()
  const place = makePlace(folder, hub.url)
  if (ofNewNodes.length > 0) await firstRun(camera, place)
  if (wanted.includes('set-up-list')) await oneClick(camera, place)
  if (wanted.some((shot) => shot !== 'set-up-list' && !ofNewNodes.includes(shot))) {
    await using market = new Market(folder)
    await atWork(camera, place, market)
  }
}
const missing = wanted.filter((shot) => !camera.taken.includes(shot))
if (missing.length > 0) throw new Error(`Not taken: ${missing.join(', ')}`)
writeFileSync(join(values.out, 'README.md'), galleryText())
