import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { apiRouter } from '../../src/api/router.ts'
import { createComputeNode } from '../../src/node/compute-node/create-compute-node.ts'
import { openDataFolder } from '../../src/node/data-folder.ts'
import { createLogger } from '../../src/node/logs/create-logger.ts'
import type { LocalScanView } from '../../src/protocol/local-model-views.ts'
import { driad } from '../helpers/driad-process.ts'
import { launchInferenceChild } from '../helpers/inference-child.ts'
import { ModelStores, sha256 } from '../helpers/model-stores.ts'
import { demoModelPath } from '../helpers/models.ts'
import { noUpdates } from '../helpers/no-updates.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

describe('the API of a running node', () => {
  it('finds, adds, serves and removes models, and deletes what is its own', async () => {
    using folder = tempFolder()
    const logs = createLogger()
    const data = openDataFolder(folder.file('data'))
    const node = await createComputeNode(
      { folder: data, builtInModelPath: demoModelPath },
      { logger: logs.logger, history: logs.history, launchInference: launchInferenceChild(logs.logger) },
    )
    const until = (condition: () => boolean) =>
      vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 10 })
    const unused = () => {
      throw new Error('No shell is needed')
    }
    const shell = {
      pickFile: unused,
      pickFolder: unused,
      pickSaveTarget: unused,
      openFolder: unused,
      openLink: unused,
      copyText: unused,
      onGoTo: unused,
      onOpenFiles: unused,
      restart: unused,
      appInfo: unused,
    }
    const api = apiRouter.createCaller({
      node,
      shell,
      workflowFiles: unused as never,
      updates: noUpdates,
      logger: logs.logger,
    }).localModels
    try {
      await node.start()
      const stores = new ModelStores(folder.file('home'))
      const theirs = stores.copy(demoModelPath, 'mine', 'theirs.gguf')
      const own = join(data.modelsFolder, 'own.gguf')
      mkdirSync(data.modelsFolder)
      copyFileSync(demoModelPath, own)
      await node.settings.set({ modelFolders: [join(stores.home, 'mine')] })

      expect(await api.results()).toMatchObject({ state: 'never', weights: [] })
      const changes = (await api.onChange())[Symbol.asyncIterator]()
      await changes.next()
      await api.scan({ sources: ['folder', 'driad'] })
      let seen: LocalScanView | undefined
      while (seen?.state !== 'done' || seen.weights[0]?.digest !== 'made')
        seen = (await changes.next()).value as LocalScanView
      await changes.return?.()
      expect(seen.weights).toMatchObject([
        {
          sha256: sha256(demoModelPath),
          places: [
            { source: 'driad', path: own },
            { source: 'folder', path: theirs },
          ],
          addedAs: [],
        },
      ])

      expect(await api.addFiles({ paths: [own, theirs] })).toMatchObject([
        { path: own, outcome: 'added', name: 'own' },
        { path: theirs, outcome: 'already', name: 'own' },
      ])
      await node.models.add({ path: theirs, name: 'theirs' })
      const blob = stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'llama3.1', '8b'])
      await node.models.add({ path: blob, name: 'llama3.1:8b' })
      await until(() => ['own', 'theirs', 'llama3.1:8b'].every((name) => node.models.get(name) !== undefined))
      expect(await api.remove({ name: 'llama3.1:8b', deleteFile: true })).toMatchObject({ freesBytes: 0 })
      expect(existsSync(blob)).toBe(true)
      expect(await api.planRemoval({ name: 'own' })).toMatchObject({ deletes: [own], freesBytes: 2_138_176 })
      expect(await api.remove({ name: 'own', deleteFile: true })).toMatchObject({ deletes: [own] })
      expect(existsSync(own)).toBe(false)
      expect(node.models.get('own')).toBeUndefined()
      expect(await api.remove({ name: 'theirs', deleteFile: true })).toMatchObject({ keeps: 'other-program' })
      expect(existsSync(theirs)).toBe(true)
      expect(node.models.list().map(({ name }) => name)).toEqual(['demo'])

      // The command says when the space is free, as this node may have the file in memory.
      copyFileSync(demoModelPath, own)
      await driad(['models', 'add', own, '--data-dir', data.path])
      const removed = await driad(['models', 'remove', 'own', '--delete-file', '--data-dir', data.path])
      expect(removed.stdout).toMatch(/free once the node that runs has stopped or unloaded it/)

      writeFileSync(`${own}.part`, 'left')
      expect(await api.diskUse()).toMatchObject({ ownFiles: 1, referencedBytes: 0 })
      expect(await api.cleanLeftovers()).toMatchObject([{ path: `${own}.part`, kind: 'partial' }])
      expect(await api.leftovers()).toEqual([])
    } finally {
      await node.stop()
      await logs.close()
    }
  })
})

// Ollama's service has its models outside of any home folder.
describe.skipIf(existsSync('/usr/share/ollama/.ollama/models'))('driad models', () => {
  it('scans, adds by reference, tells of the disk and removes', async () => {
    using folder = tempFolder()
    const stores = new ModelStores(folder.file('home'))
    const env = { HOME: stores.home, USERPROFILE: stores.home }
    for (const name of [
      'OLLAMA_MODELS',
      'HF_HOME',
      'HF_HUB_CACHE',
      'LLAMA_CACHE',
      'XDG_CACHE_HOME',
      'XDG_DATA_HOME',
    ])
      Object.assign(env, { [name]: '' })
    const models = (...args: string[]) =>
      driad(['models', ...args, '--data-dir', folder.file('data')], { env })
    const blob = stores.ollama(demoModelPath, [
      'registry.ollama.ai',
      'library',
      'llama3.1',
      '8b-instruct-q4_K_M',
    ])
    stores.ollama(demoModelPath, ['registry.ollama.ai', 'library', 'llama3.1', 'latest'])
    const studio = stores.lmStudio(demoModelPath, 'a', 'b', 'Demo-F16.gguf')
    writeFileSync(stores.path('.lmstudio', 'models', 'a', 'b', 'text.gguf'), 'Once upon a time')

    const [found] = (await models('scan', '--digests', '--json')).json<LocalScanView>()
    expect(found).toMatchObject({
      state: 'done',
      weights: [
        { suggestedName: 'llama3.1:8b-instruct-q4_K_M', sha256: sha256(demoModelPath), addedAs: [] },
        { suggestedName: 'text', error: { code: 'model_invalid' } },
      ],
      savableBytes: 2_138_176,
    })
    expect(found?.weights[0]?.places.map(({ name, sameFile }) => [name, sameFile])).toEqual([
      ['Demo-F16', false],
      ['llama3.1:8b-instruct-q4_K_M', false],
      ['llama3.1:latest', true],
    ])
    const [ollama] = (await models('scan', '--source', 'ollama', '--json')).json<LocalScanView>()
    expect(ollama?.places.map(({ source }) => source)).toEqual(['ollama'])

    const added = await models('scan', '--add', '--json', 'llama3.1:latest', studio)
    expect(added.json()).toMatchObject([
      {
        added: [
          { path: blob, outcome: 'added', name: 'llama3.1:latest' },
          { path: studio, outcome: 'already', name: 'llama3.1:latest' },
        ],
      },
    ])
    const listed = (await models('list', '--json')).json<{ models: { name: string; path: string }[] }>()
    expect(listed[0]?.models.map(({ name, path }) => [name, path])).toEqual([
      ['demo', expect.any(String)],
      ['llama3.1:latest', blob],
    ])
    const text = await models('scan')
    expect(text.stdout).toMatch(/served as llama3\.1:latest/)
    expect(text.stdout).toMatch(/2 found, 4\.3 MB, of which 2\.1 MB are second copies/)

    // A folder is all of its files, of which one is none, and one is served already.
    const whole = await models('add', join(stores.home, '.lmstudio'), '--json')
    expect(whole).toMatchObject({ code: 1 })
    expect(whole.json()).toMatchObject([
      {
        added: [
          { path: studio, outcome: 'already' },
          { outcome: 'refused', error: { code: 'model_invalid' } },
        ],
      },
    ])

    const own = join(folder.file('data'), 'models', 'own.gguf')
    mkdirSync(join(folder.file('data'), 'models'))
    copyFileSync(demoModelPath, own)
    await models('add', own)
    writeFileSync(`${own}.part`, 'left')
    const [disk] = (await models('disk', '--json')).json()
    expect(disk).toMatchObject({
      ownFiles: 2,
      referencedBytes: 2_138_176,
      leftovers: [{ path: `${own}.part` }],
    })
    expect((await models('disk', '--clean')).stdout).toMatch(/deleted .*own\.gguf\.part/)

    expect((await models('remove', 'own', '--delete-file')).stdout).toMatch(/own\.gguf deleted: 2\.1 MB/)
    expect(existsSync(own)).toBe(false)
    const kept = await models('remove', 'llama3.1:latest', '--delete-file', '--json')
    expect(kept.json()).toMatchObject([{ keeps: 'other-program', deletes: [], freesBytes: 0 }])
    expect(existsSync(blob)).toBe(true)

    const usable = (await models('scan', '--add', '--json')).json<{ added: unknown[] }>()
    expect(usable[0]?.added).toMatchObject([{ outcome: 'added', name: 'llama3.1:8b-instruct-q4_K_M' }])
    const absent = await models('scan', '--add', 'absent', '--json')
    expect(absent).toMatchObject({ code: 2 })
    expect(absent.json()).toMatchObject([{ error: { code: 'model_not_found' } }])
    expect(await models('scan', 'absent')).toMatchObject({ code: 2 })
    expect(await models('scan', '--source', 'nowhere')).toMatchObject({ code: 2 })
    expect(await models('remove', 'absent')).toMatchObject({ code: 2 })
  })
})
