import type { FunctionDefinition, ToolName } from '../../protocol/tools.ts'

const text = (description: string) => ({ type: 'string', description, minLength: 1, maxLength: 160 })

function defined(
  name: ToolName,
  description: string,
  properties: Record<string, unknown>,
  required: readonly string[] = Object.keys(properties),
): FunctionDefinition {
  return {
    name,
    description,
    parameters: { type: 'object', properties, required, additionalProperties: false },
  }
}

/** The built-in tools as models are told of them. */
export const toolDefinitions: Readonly<Record<ToolName, FunctionDefinition>> = {
  browserless: defined(
    'browserless',
    'Opens a web page in a real browser, scripts and all, and gives its text. For pages that show nothing without scripts.',
    { url: text('Address of the page, beginning with https:// or http://') },
  ),
  jina: defined('jina', 'Reads a web page and gives its main text, without menus and advertising.', {
    url: text('Address of the page, beginning with https:// or http://'),
  }),
  serper: defined(
    'serper',
    'Searches the web with Google and gives titles, addresses and short extracts of what was found.',
    {
      query: text('What to search for'),
      lang: { type: 'string', description: 'Language of the results, as "en"', minLength: 2, maxLength: 5 },
      n_results: { type: 'integer', description: 'How many results', minimum: 1, maximum: 20 },
    },
    ['query'],
  ),
  duckduckgo: defined(
    'duckduckgo',
    'Searches the web with DuckDuckGo and gives titles, addresses and short extracts of what was found.',
    { query: text('What to search for') },
  ),
  stock: defined('stock', 'Gives the latest price of a share, and how it moved lately.', {
    ticker: {
      type: 'string',
      description: 'Symbol of the share at its exchange, as "AAPL"',
      minLength: 1,
      maxLength: 16,
    },
  }),
  scraper: defined('scraper', 'Fetches a web page and gives all of its text.', {
    url: text('Address of the page, beginning with https:// or http://'),
  }),
}
