import { readWebQuery } from '../../../protocol/workflow/tools-needed.ts'
import { valueText } from '../memory.ts'
import type { TaskContext } from './operator-table.ts'

/** A web search where the last message is JSON with a query, else a search of the run's own file system. */
export async function search(context: TaskContext): Promise<string> {
  const text = context.fill(context.task.messages.length - 1)
  const asked = readWebQuery(text)
  if (asked === undefined) return valueText(await context.searchFiles(text))
  const { query, search_type, lang, n_results } = asked
  const { session } = context.tools()
  return context.call({ name: 'search', arguments: { ...asked } }, (options) =>
    session.search(
      {
        query,
        ...(search_type === undefined ? {} : { searchType: search_type }),
        ...(lang === undefined ? {} : { lang }),
        ...(n_results === undefined ? {} : { results: n_results }),
      },
      options,
    ),
  )
}
