import type { ModelView } from '../../../protocol/views.ts'
import { useModels } from '../../app/use-node.ts'
import { ModelPrice } from '../models/served/ModelPrice.tsx'
import classes from './ModelPrices.module.css'

/** What each model takes: the price of all, or its own. */
export function ModelPrices() {
  const models: readonly ModelView[] = useModels() ?? []
  if (models.length === 0) return null
  return (
    <section className={classes.prices} aria-labelledby="model-prices">
      <h3 id="model-prices" className={classes.title}>
        Prices by model
      </h3>
      <p className={classes.explanation}>
        In credits, for 1,000 prompt tokens in and 1,000 completion tokens out. They hold at once; tasks that
        were taken keep theirs.
      </p>
      <ul className={classes.list}>
        {models.map((model) => (
          <li key={model.name}>
            <span className={classes.name}>{model.name}</span>
            <span className={classes.whose}>{model.ownPrice ? 'its own' : 'as above'}</span>
            <ModelPrice model={model} />
          </li>
        ))}
      </ul>
    </section>
  )
}
