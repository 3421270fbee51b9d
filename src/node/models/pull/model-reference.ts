import { DriadError } from '../../../protocol/errors.ts'

/** What a person named to be fetched. */
export type ModelReference =
  | { readonly kind: 'url'; readonly url: URL }
  /** A file of a repository, by its path there. */
  | { readonly kind: 'file'; readonly repository: string; readonly path: string }
  /** A repository, of which one quantisation is wanted. */
  | { readonly kind: 'repository'; readonly repository: string; readonly quantisation: string | undefined }
  /** A name of the catalogue. */
  | { readonly kind: 'name'; readonly name: string }

const OWNER_AND_REPO = /^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$/
const MAX_CHARS = 2048

/** Throws `bad_usage` for what is none of them. */
export function modelReference(text: string): ModelReference {
  const given = text.trim()
  if (given === '' || given.length > MAX_CHARS) throw notAReference(given)
  if (/^https?:\/\//i.test(given)) return urlReference(given)
  const marked = given.startsWith('hf:')
  const reference = marked ? given.slice('hf:'.length) : given
  const [owner = '', repo = '', ...path] = reference.split('/')
  if (path.length > 0) {
    const repository = `${owner}/${repo}`
    const inside = path.every((part) => part !== '' && part !== '.' && part !== '..')
    if (!OWNER_AND_REPO.test(repository) || !inside || !/\.gguf$/i.test(reference)) throw notAReference(given)
    return { kind: 'file', repository, path: path.join('/') }
  }
  if (repo !== '') {
    const [name = '', quantisation, ...more] = repo.split(':')
    const repository = `${owner}/${name}`
    if (!OWNER_AND_REPO.test(repository) || more.length > 0 || quantisation === '') throw notAReference(given)
    return { kind: 'repository', repository, quantisation }
  }
  if (marked || /[\s/\\]/.test(reference)) throw notAReference(given)
  return { kind: 'name', name: reference }
}

function urlReference(text: string): ModelReference {
  if (!URL.canParse(text)) throw notAReference(text)
  const url = new URL(text)
  if (url.username !== '' || url.password !== '')
    throw new DriadError('bad_usage', 'An address has no user name and no password in it')
  // What a browser shows of a file is a page; the file itself is beside it.
  url.pathname = url.pathname.replace(/^(\/[^/]+\/[^/]+)\/blob\//, '$1/resolve/')
  url.hash = ''
  if (!/\.gguf$/i.test(url.pathname))
    throw new DriadError(
      'bad_usage',
      `The address of a model ends in .gguf: ${url.host}${url.pathname} does not`,
    )
  return { kind: 'url', url }
}

function notAReference(text: string): DriadError {
  return new DriadError(
    'bad_usage',
    `${JSON.stringify(text.slice(0, 200))} is no model: give a name of the catalogue, owner/repo/file.gguf, hf:owner/repo:Q4_K_M, or an address that begins with https://`,
  )
}
