import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { modelPlaces } from '../../../../../src/node/models/local/model-places.ts'
import { tempFolder } from '../../../../helpers/temp-folder.ts'

const base = {
  platform: 'linux',
  home: '/home/me',
  env: {},
  modelsFolder: '/data/models',
  folders: [],
} as const

describe('modelPlaces', () => {
  it('knows where each program keeps its models', () => {
    expect(modelPlaces(base)).toEqual([
      { source: 'driad', path: '/data/models' },
      { source: 'lm-studio', path: '/home/me/.lmstudio/models' },
      { source: 'lm-studio', path: '/home/me/.cache/lm-studio/models' },
      { source: 'ollama', path: '/home/me/.ollama/models' },
      { source: 'ollama', path: '/usr/share/ollama/.ollama/models' },
      { source: 'hugging-face', path: '/home/me/.cache/huggingface/hub' },
      { source: 'llama.cpp', path: '/home/me/.cache/llama.cpp' },
      { source: 'gpt4all', path: '/home/me/.local/share/nomic.ai/GPT4All' },
      { source: 'gpt4all', path: '/home/me/.cache/gpt4all' },
      { source: 'jan', path: '/home/me/.local/share/Jan/data/llamacpp/models' },
    ])
  })

  it('follows what the environment and the operator say, besides the usual folders and each once', () => {
    const env = {
      OLLAMA_MODELS: '/big/ollama',
      HF_HUB_CACHE: '/big/hub',
      HF_HOME: '/big/hf',
      LLAMA_CACHE: '/big/llama',
      XDG_CACHE_HOME: 'relative/is/ignored',
      HUGGINGFACE_HUB_CACHE: '',
    }
    const places = modelPlaces({ ...base, env, folders: ['/big/llama', '/mine', '/mine/'] })
    const paths = places.map(({ source, path }) => `${source} ${path}`)
    expect(paths).toContain('ollama /big/ollama')
    expect(paths).toContain('ollama /home/me/.ollama/models')
    expect(paths).toContain('hugging-face /big/hub')
    expect(paths).toContain('hugging-face /big/hf/hub')
    expect(paths).toContain('llama.cpp /big/llama')
    expect(paths.filter((place) => place.startsWith('folder'))).toEqual(['folder /mine'])
    expect(paths.join()).not.toContain('relative')
  })

  it('knows the folders of macOS', () => {
    const paths = modelPlaces({ ...base, platform: 'darwin', home: '/Users/me' }).map(({ path }) => path)
    expect(paths).toContain('/Users/me/Library/Caches/llama.cpp')
    expect(paths).toContain('/Users/me/Library/Application Support/nomic.ai/GPT4All')
    expect(paths).toContain('/Users/me/Library/Application Support/Jan/data/llamacpp/models')
    expect(paths).toContain('/Users/me/.ollama/models')
    expect(paths.join()).not.toContain('/usr/share')
  })

  it('finds the folder that LM Studio was told to use', () => {
    using folder = tempFolder()
    const home = folder.path
    mkdirSync(join(home, 'elsewhere'))
    writeFileSync(join(home, '.lmstudio-home-pointer'), `${join(home, 'elsewhere')}\n`)
    writeFileSync(join(home, 'elsewhere', 'settings.json'), '{"downloadsFolder": "/big/studio"}')
    const studio = () =>
      modelPlaces({ ...base, home })
        .filter(({ source }) => source === 'lm-studio')
        .map(({ path }) => path)
    expect(studio().slice(0, 2)).toEqual(['/big/studio', join(home, 'elsewhere', 'models')])
    for (const wrong of ['not JSON', '{"downloadsFolder": 7}', '{"downloadsFolder": "../up"}', 'null']) {
      writeFileSync(join(home, 'elsewhere', 'settings.json'), wrong)
      expect(studio()[0]).toBe(join(home, 'elsewhere', 'models'))
    }
  })
})
