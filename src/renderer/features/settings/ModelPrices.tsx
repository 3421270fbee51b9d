import { t } from '../../../locales/translate.ts'
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
        {t('settings:prices.title')}
      </h3>
      <p className={classes.explanation}>{t('settings:prices.explanation')}</p>
      <ul className={classes.list}>
        {models.map((model) => (
          <li key={model.name}>
            <span className={classes.name}>{model.name}</span>
            <span className={classes.whose}>
              {t(model.ownPrice ? 'settings:prices.own' : 'settings:prices.shared')}
            </span>
            <ModelPrice model={model} />
          </li>
        ))}
      </ul>
    </section>
  )
}
