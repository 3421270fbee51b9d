import { parse as parseHtml } from 'node-html-parser'
import { z } from 'zod'
import { DriadError } from '../../protocol/errors.ts'
import type { ToolName } from '../../protocol/tools.ts'
import { answerJson, answerText, clipped } from './answer-text.ts'
import type { WebQuery } from './contract.ts'
import type { HttpAnswer, HttpRequest } from './guarded-http.ts'

/** What a service is asked through: guarded, counted, and with its own endpoint and key. */
export interface ServiceAccess {
  readonly key: string | undefined
  /** To the service itself, at `path` of its endpoint. */
  ask(path: string, request?: Omit<HttpRequest, 'url' | 'trusted'>): Promise<HttpAnswer>
  /** To any page of the internet. */
  page(url: string): Promise<HttpAnswer>
  /** Throws `tool_refused` where a page is not one of the internet, before a service is sent there. */
  assertPublic(url: string): Promise<void>
}

export interface Service {
  /** Where it is unless the operator says otherwise; absent for tools without one service. */
  readonly endpoint?: string
  /** Where it searches, if that is elsewhere. */
  readonly searchEndpoint?: string
  readonly key: 'none' | 'optional' | 'required'
  run(args: Readonly<Record<string, unknown>>, access: ServiceAccess): Promise<string>
  /** For those that search the web. */
  search?(query: WebQuery, access: ServiceAccess): Promise<string>
}

const MAX_RESULTS = 20

interface Found {
  readonly title: string
  readonly address: string
  readonly extract: string
}

const urlArguments = z.object({ url: z.string() })
const queryArguments = z.object({
  query: z.string(),
  lang: z.string().optional(),
  n_results: z.number().optional(),
  search_type: z.string().optional(),
})

/** Runs a browser in the cloud or at the operator's: POST /content (browserless.io, v2). */
const browserless: Service = {
  endpoint: 'https://production-sfo.browserless.io',
  key: 'optional',
  async run(args, { ask, key, assertPublic }) {
    const { url } = checked(urlArguments, args)
    // The browser may run on the operator's own network.
    await assertPublic(url)
    const token = key === undefined ? '' : `?token=${encodeURIComponent(key)}`
    const answer = await ask(`/content${token}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ url, rejectResourceTypes: ['image', 'font', 'media'] }),
    })
    return answerText(answer)
  },
}

/** Reads pages at r.jina.ai and searches at s.jina.ai; both answer in JSON where asked. */
const jina: Service = {
  endpoint: 'https://r.jina.ai',
  searchEndpoint: 'https://s.jina.ai',
  key: 'optional',
  async run(args, { ask, key, assertPublic }) {
    const { url } = checked(urlArguments, args)
    await assertPublic(url)
    const answer = await ask(`/${url}`, {
      method: 'GET',
      headers: { accept: 'application/json', ...bearer(key) },
    })
    const { data } = checkedAnswer(
      z.object({ data: z.object({ title: z.string().nullish(), content: z.string() }) }),
      answer,
    )
    return clipped(`${data.title ?? ''}\n\n${data.content}`.trim())
  },
  async search({ query, lang, results }, { ask, key }) {
    const path = `/?q=${encoded(query)}${lang === undefined ? '' : `&hl=${encoded(lang)}`}`
    const answer = await ask(path, {
      method: 'GET',
      headers: { accept: 'application/json', 'x-respond-with': 'no-content', ...bearer(key) },
    })
    const { data } = checkedAnswer(
      z.object({
        data: z.array(
          z.object({ title: z.string().nullish(), url: z.string(), description: z.string().nullish() }),
        ),
      }),
      answer,
    )
    return listed(
      data.map(({ title, url, description }) => ({
        title: title ?? url,
        address: url,
        extract: description ?? '',
      })),
      results,
    )
  },
}

/** Google's results by serper.dev: POST /search, /news and so on. */
const serper: Service = {
  endpoint: 'https://google.serper.dev',
  key: 'required',
  run: (args, access) => {
    const { query, lang, n_results, search_type } = checked(queryArguments, args)
    return searchSerper(
      {
        query,
        ...(lang === undefined ? {} : { lang }),
        ...(n_results === undefined ? {} : { results: n_results }),
        ...(search_type === undefined ? {} : { searchType: search_type }),
      },
      access,
    )
  },
  search: searchSerper,
}

const serperKinds = new Set([
  'search',
  'news',
  'images',
  'videos',
  'places',
  'scholar',
  'shopping',
  'patents',
])
const serperItem = z.object({
  title: z.string().nullish(),
  link: z.string().nullish(),
  snippet: z.string().nullish(),
})

async function searchSerper(
  { query, lang, results, searchType }: WebQuery,
  { ask, key }: ServiceAccess,
): Promise<string> {
  const kind = searchType !== undefined && serperKinds.has(searchType) ? searchType : 'search'
  const answer = await ask(`/${kind}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key ?? '' },
    body: JSON.stringify({
      q: query,
      num: Math.min(results ?? 10, MAX_RESULTS),
      ...(lang === undefined ? {} : { hl: lang }),
    }),
  })
  const body = checkedAnswer(
    z.object({ answerBox: z.object({ answer: z.string().nullish() }).nullish() }).loose(),
    answer,
  )
  const items = z.array(serperItem).safeParse(body[kind === 'search' ? 'organic' : kind])
  const found = (items.data ?? []).map(({ title, link, snippet }) => ({
    title: title ?? '',
    address: link ?? '',
    extract: snippet ?? '',
  }))
  const direct = body.answerBox?.answer
  return clipped(`${direct ? `${direct}\n\n` : ''}${listed(found, results)}`)
}

/** The search page for browsers without scripts. */
const duckduckgo: Service = {
  endpoint: 'https://html.duckduckgo.com',
  key: 'none',
  run: (args, access) => searchDuckDuckGo({ query: checked(queryArguments, args).query }, access),
  search: searchDuckDuckGo,
}

async function searchDuckDuckGo({ query, lang, results }: WebQuery, { ask }: ServiceAccess): Promise<string> {
  const answer = await ask('/html/', {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ q: query, ...(lang === undefined ? {} : { kl: lang }) }).toString(),
  })
  if (answer.status !== 200)
    throw new DriadError('tool_failed', `DuckDuckGo does not answer (${answer.status})`)
  const page = parseHtml(answer.body.toString('utf8'))
  const found = page.querySelectorAll('.result:not(.result--ad)').flatMap((result): Found[] => {
    const link = result.querySelector('.result__a')
    const address = targetOf(link?.getAttribute('href'))
    if (link === null || address === undefined) return []
    const extract = result.querySelector('.result__snippet')?.text.trim() ?? ''
    return [{ title: link.text.trim(), address, extract }]
  })
  return listed(found, results)
}

/** Links lead through DuckDuckGo, with the real address in `uddg`. */
function targetOf(href: string | undefined): string | undefined {
  if (href === undefined || !URL.canParse(href, 'https://duckduckgo.com')) return undefined
  const url = new URL(href.replaceAll('&amp;', '&'), 'https://duckduckgo.com')
  return url.searchParams.get('uddg') ?? url.href
}

/** Prices by the chart interface of Yahoo Finance. */
const stock: Service = {
  endpoint: 'https://query1.finance.yahoo.com',
  key: 'none',
  async run(args, { ask }) {
    const { ticker } = checked(z.object({ ticker: z.string().regex(/^[A-Za-z0-9.^=-]{1,16}$/) }), args)
    const answer = await ask(`/v8/finance/chart/${encodeURIComponent(ticker)}?range=5d&interval=1d`, {
      method: 'GET',
      headers: { accept: 'application/json' },
    })
    if (answer.status === 404)
      throw new DriadError('tool_failed', `There is no share with the symbol ${ticker}`)
    const { chart } = checkedAnswer(
      z.object({
        chart: z.object({
          result: z
            .array(
              z.object({
                meta: z.object({
                  symbol: z.string(),
                  currency: z.string().nullish(),
                  regularMarketPrice: z.number(),
                  chartPreviousClose: z.number().nullish(),
                  regularMarketTime: z.number().nullish(),
                }),
              }),
            )
            .min(1),
        }),
      }),
      answer,
    )
    const meta = chart.result[0]?.meta
    if (meta === undefined) throw new DriadError('tool_failed', `There is no price of ${ticker}`)
    const { symbol, currency, regularMarketPrice, chartPreviousClose, regularMarketTime } = meta
    const change = chartPreviousClose
      ? ` (${signed((regularMarketPrice / chartPreviousClose - 1) * 100)} % in five days)`
      : ''
    const at = regularMarketTime ? `, ${new Date(regularMarketTime * 1000).toISOString()}` : ''
    return `${symbol}: ${regularMarketPrice} ${currency ?? ''}${change}${at}`
  },
}

/** Fetches a page itself. */
const scraper: Service = {
  key: 'none',
  async run(args, { page }) {
    return answerText(await page(checked(urlArguments, args).url))
  },
}

export const services: Readonly<Record<ToolName, Service>> = {
  browserless,
  jina,
  serper,
  duckduckgo,
  stock,
  scraper,
}

function checked<T>(schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')
  throw new DriadError('tool_refused', `The call has no usable ${fields}`)
}

function checkedAnswer<T>(schema: z.ZodType<T>, answer: HttpAnswer): T {
  const parsed = schema.safeParse(answerJson(answer))
  if (parsed.success) return parsed.data
  const { host } = new URL(answer.url)
  throw new DriadError('tool_failed', `${host} answers in another form than it used to`, {
    cause: parsed.error,
  })
}

/** In an address. Half a surrogate pair, which a query may have, has no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function bearer(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(2)}`
}

function listed(found: readonly Found[], results = 10): string {
  const shown = found.slice(0, Math.min(results, MAX_RESULTS))
  if (shown.length === 0) return 'Nothing was found.'
  return clipped(
    shown
      .map(({ title, address, extract }, index) => `${index + 1}. ${title}\n${address}\n${extract}`.trimEnd())
      .join('\n\n'),
  )
}
