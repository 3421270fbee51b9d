import { DriadError } from '../../protocol/errors.ts'
import type { CustomTool } from '../../protocol/workflow/schema.ts'
import type { HttpRequest } from './guarded-http.ts'

const ARGUMENT = /\{\{\s*([A-Za-z_][\w-]{0,63})\s*\}\}/g
const MAX_DEPTH = 16
/** Characters of each text of a request, filled: more than the client lets out in any case. */
const MAX_CHARS = 256 * 1024

/**
 * The request of a custom tool, its placeholders filled. In the address they are encoded, so that an argument stays the
 * part of it that it stands in; in the body a placeholder that is a whole value becomes the argument itself.
 * @throws DriadError `tool_refused`
 */
export function customRequest(tool: CustomTool, args: Readonly<Record<string, unknown>>): HttpRequest {
  const method = (tool.method ?? 'GET').toUpperCase()
  if (method !== 'GET' && method !== 'POST')
    throw new DriadError('tool_refused', `Tools use GET and POST, not ${method}`)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(tool.headers ?? {})) headers[name] = filled(value, args, String)
  const hasBody = method === 'POST' && tool.body !== undefined
  if (hasBody && !Object.keys(headers).some((name) => name.toLowerCase() === 'content-type'))
    headers['content-type'] = 'application/json'
  return {
    // Half a surrogate pair has no encoding.
    url: filled(tool.url ?? '', args, (text) => encodeURIComponent(text.toWellFormed())),
    method,
    headers,
    ...(hasBody ? { body: JSON.stringify(filledValue(tool.body, args, 0)) } : {}),
  }
}

function filled(
  template: string,
  args: Readonly<Record<string, unknown>>,
  encode: (text: string) => string,
): string {
  // An argument is encoded once, however often it is put in, and what it adds up to is known before it is there.
  const texts = new Map<string, string>()
  let chars = template.length
  return template.replace(ARGUMENT, (whole, name: string) => {
    if (!Object.hasOwn(args, name)) return whole
    const text = texts.get(name) ?? encode(textOf(args[name]))
    texts.set(name, text)
    chars += text.length
    if (chars > MAX_CHARS)
      throw new DriadError('tool_refused', `The request would have more than ${MAX_CHARS} characters`)
    return text
  })
}

function filledValue(value: unknown, args: Readonly<Record<string, unknown>>, depth: number): unknown {
  if (depth > MAX_DEPTH) throw new DriadError('tool_refused', 'The body of the request is nested too deeply')
  if (typeof value === 'string') {
    const alone = /^\{\{\s*([A-Za-z_][\w-]{0,63})\s*\}\}$/.exec(value)?.[1]
    if (alone !== undefined && Object.hasOwn(args, alone)) return args[alone]
    return filled(value, args, String)
  }
  if (Array.isArray(value)) return value.map((item) => filledValue(item, args, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, filledValue(item, args, depth + 1)]),
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
