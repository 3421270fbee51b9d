import { z } from 'zod'
import { modelGroups } from '../../protocol/catalogue/groups.ts'
import { type CatalogueQuery, searchCatalogue } from '../../protocol/catalogue/search.ts'
import { type CatalogueListView, catalogueModelView } from '../../protocol/catalogue-views.ts'
import type { ApiContext } from '../context.ts'
import { latest } from '../follow.ts'
import { procedure, router } from '../trpc.ts'

const CHANGE_INTERVAL_MS = 250

const query = z.object({
  text: z.string().max(200).optional(),
  group: z.enum(modelGroups).optional(),
  kind: z.enum(['chat', 'base', 'embedding']).optional(),
})

export const catalogueRouter = router({
  list: procedure.query(({ ctx }) => listed(ctx)),

  search: procedure.input(query).query(({ ctx, input }) => listed(ctx, input)),

  status: procedure.query(({ ctx }) => ctx.node.catalogue.status()),

  /** The status: whoever is told of another catalogue asks for its models again. */
  onChange: procedure.subscription(({ ctx, signal }) =>
    latest(
      () => ctx.node.catalogue.status(),
      (listener) => ctx.node.catalogue.onChange(listener),
      CHANGE_INTERVAL_MS,
      signal,
    ),
  ),

  /** True where another catalogue counts now. */
  refresh: procedure.mutation(({ ctx, signal }) => ctx.node.catalogue.refresh({ signal })),
})

function listed({ node }: ApiContext, asked: CatalogueQuery = {}): CatalogueListView {
  return {
    status: node.catalogue.status(),
    models: searchCatalogue(node.catalogue.current(), asked).map(catalogueModelView),
  }
}
