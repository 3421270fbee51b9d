import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** Folders laid out as other programs lay theirs out, with real files in them. */
export class ModelStores {
  readonly home: string

  constructor(home: string) {
    this.home = home
  }

  lmStudio(file: string, publisher: string, repository: string, name: string): string {
    return this.copy(file, '.lmstudio', 'models', publisher, repository, name)
  }

  /** As `ollama pull` leaves it: a manifest, and the weights by their digest. */
  ollama(file: string, name: readonly [host: string, namespace: string, model: string, tag: string]): string {
    const hex = sha256(file)
    const blob = this.copy(file, '.ollama', 'models', 'blobs', `sha256-${hex}`)
    this.ollamaManifest(name, {
      schemaVersion: 2,
      mediaType: 'application/vnd.docker.distribution.manifest.v2+json',
      config: {
        mediaType: 'application/vnd.docker.container.image.v1+json',
        digest: `sha256:${'0'.repeat(64)}`,
      },
      layers: [
        { mediaType: 'application/vnd.ollama.image.model', digest: `sha256:${hex}`, size: 1 },
        { mediaType: 'application/vnd.ollama.image.license', digest: `sha256:${'1'.repeat(64)}`, size: 1 },
      ],
    })
    return blob
  }

  ollamaManifest(name: readonly string[], manifest: unknown): string {
    const path = this.path('.ollama', 'models', 'manifests', ...name)
    writeFileSync(path, typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
    return path
  }

  /** As `huggingface_hub` leaves it: a link in a snapshot to the bytes by their hash. */
  huggingFace(file: string, owner: string, repository: string, name: string): string {
    const hub = ['.cache', 'huggingface', 'hub', `models--${owner}--${repository}`]
    const hex = sha256(file)
    const blob = this.copy(file, ...hub, 'blobs', hex)
    const link = this.path(...hub, 'snapshots', 'a'.repeat(40), name)
    symlinkSync(relative(dirname(link), blob), link)
    return link
  }

  copy(file: string, ...parts: readonly string[]): string {
    const path = this.path(...parts)
    copyFileSync(file, path)
    return path
  }

  /** A path in the home folder, whose folder there is. */
  path(...parts: readonly string[]): string {
    const path = join(this.home, ...parts)
    mkdirSync(dirname(path), { recursive: true })
    return path
  }
}

export function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
