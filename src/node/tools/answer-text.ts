import { convert } from 'html-to-text'
import { DriadError } from '../../protocol/errors.ts'
import type { HttpAnswer } from './guarded-http.ts'

/** Characters that a tool answers with: the prompt has to hold them. */
export const ANSWER_CHARS = 16_000
/** Characters of HTML that are made into text. */
const HTML_CHARS = 1_000_000
/** Elements that are open at once; readers of HTML take time by the square of it. */
const HTML_DEPTH = 512
/** Elements that nobody closes. */
const VOID = new Set(
  'area base br col embed hr img input link meta source track wbr p li dt dd tr td th option'.split(' '),
)

/** What an answer says, as text for a model. Throws `tool_failed` for a failure and for what is no text. */
export function answerText(answer: HttpAnswer): string {
  assertOk(answer)
  const { contentType, body, url } = answer
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const text = decode(body, contentType)
  if (/html/.test(type) || (type === '' && /^\s*<(!doctype|html)/i.test(text))) return clipped(htmlText(text))
  if (/json/.test(type)) return clipped(compactJson(text))
  if (type === '' || type.startsWith('text/') || /xml|javascript|yaml|csv/.test(type)) return clipped(text)
  throw new DriadError('tool_failed', `${new URL(url).host} answers with ${type}, which is no text`)
}

/** The value of a JSON answer. Throws `tool_failed` for a failure and for what is no JSON. */
export function answerJson(answer: HttpAnswer): unknown {
  assertOk(answer)
  try {
    return JSON.parse(answer.body.toString('utf8'))
  } catch (cause) {
    const { host } = new URL(answer.url)
    throw new DriadError('tool_failed', `${host} answers with something other than JSON`, { cause })
  }
}

export function htmlText(html: string): string {
  return convert(shallow(html.slice(0, HTML_CHARS)), {
    wordwrap: false,
    limits: { maxDepth: 64, maxChildNodes: 10_000, ellipsis: '…' },
    selectors: [
      ...['img', 'script', 'style', 'noscript', 'svg', 'nav', 'footer', 'form'].map((selector) => ({
        selector,
        format: 'skip',
      })),
      { selector: 'a', options: { ignoreHref: true } },
      ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({
        selector,
        options: { uppercase: false },
      })),
    ],
  })
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

/** The page up to where it nests deeper than pages do. */
function shallow(html: string): string {
  let depth = 0
  for (const { 0: tag, 1: name = '', index } of html.matchAll(/<\/?([a-z][a-z0-9]{0,20})/gi)) {
    if (VOID.has(name.toLowerCase())) continue
    if (tag[1] === '/') depth = Math.max(0, depth - 1)
    else if (++depth > HTML_DEPTH) return html.slice(0, index)
  }
  return html
}

export function clipped(text: string): string {
  return text.length <= ANSWER_CHARS ? text : `${text.slice(0, ANSWER_CHARS - 1)}…`
}

function assertOk({ status, url }: HttpAnswer): void {
  if (status >= 200 && status < 300) return
  const { host } = new URL(url)
  const why =
    status === 401 || status === 403
      ? 'refuses: check the key of the tool'
      : status === 429
        ? 'has had too many requests; try later'
        : 'does not answer as it should'
  throw new DriadError('tool_failed', `${host} ${why} (${status})`)
}

function decode(body: Buffer, contentType: string): string {
  const charset = /charset="?([\w-]{1,30})/i.exec(contentType)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(charset).decode(body)
  } catch {
    return new TextDecoder().decode(body)
  }
}

function compactJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text))
  } catch {
    return text
  }
}
