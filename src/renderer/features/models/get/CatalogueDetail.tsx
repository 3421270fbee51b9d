import { useQuery } from '@tanstack/react-query'
import { t } from '../../../../locales/translate.ts'
import { fitWords } from '../../../../locales/words/fit-words.ts'
import type { CatalogueModelView, CatalogueVariantView } from '../../../../protocol/catalogue-views.ts'
import type { FitView } from '../../../../protocol/fit-views.ts'
import type { SettingsView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { CopyButton } from '../../../components/CopyButton.tsx'
import { ExternalLink } from '../../../components/ExternalLink.tsx'
import { Facts } from '../../../components/Panel.tsx'
import { bytes, count, parameters } from '../../../format/numbers.ts'
import type { Fits } from './arrange-catalogue.ts'
import classes from './Catalogue.module.css'
import { certaintyWords, groupTitle, kindTitle, speedText } from './catalogue-words.ts'
import { FitBadge } from './FitBadge.tsx'
import { GetButton } from './GetButton.tsx'

export interface CatalogueDetailProps {
  readonly id: string
  readonly model: CatalogueModelView
  readonly fits: Fits
}

/** All that is known of a model, and its variants with how each would run here. */
export function CatalogueDetail({ id, model, fits }: CatalogueDetailProps) {
  const { licence, quality } = model
  const settings: SettingsView | undefined = useQuery(useTRPC().settings.get.queryOptions()).data
  const endpoint = settings?.modelEndpoint
  const repositories = [...new Set(model.variants.map(({ repository }) => repository))]
  return (
    <section
      id={id}
      className={classes.detail}
      aria-label={t('models-get:detail.label', { title: model.title })}
    >
      <Facts
        facts={[
          [t('models-get:detail.family'), [model.family, model.released, parametersOf(model)].join(' · ')],
          [t('models-get:detail.context'), t('models:tokens', { count: model.contextLength })],
          [
            t('models-get:detail.kind'),
            `${kindTitle(model.kind)} · ${model.groups.map(groupTitle).join(', ')}`,
          ],
          [
            t('models-get:detail.licence'),
            <>
              <ExternalLink url={licence.url}>{licence.id}</ExternalLink>
              {licence.gated && ` · ${t('models-get:detail.gated')}`}
            </>,
          ],
          [
            t('models-get:detail.source'),
            repositories.map((repository, index) => (
              <span key={repository}>
                {index > 0 && ', '}
                {endpoint === undefined ? (
                  <code>{repository}</code>
                ) : (
                  <ExternalLink url={`${endpoint.replace(/\/+$/, '')}/${repository}`}>
                    {repository}
                  </ExternalLink>
                )}
              </span>
            )),
          ],
          [
            t('models-get:detail.quality'),
            quality.source === 'rule'
              ? t('models-get:detail.qualityByRule', { rank: count(quality.rank) })
              : t('models-get:detail.qualityBy', { rank: count(quality.rank), source: quality.source }),
          ],
        ]}
      />
      <div className={classes.scroll}>
        <table className={classes.variants}>
          <thead>
            <tr>
              <th scope="col">{t('models-get:detail.version')}</th>
              <th scope="col">{t('models-get:detail.name')}</th>
              <th scope="col">{t('models-get:detail.download')}</th>
              <th scope="col">{t('models-get:detail.here')}</th>
              <th scope="col">
                <span className={classes.quiet}>{t('models-get:get.get')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {model.variants.map((variant) => (
              <Variant key={variant.name} variant={variant} fits={fits} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function parametersOf({ parameterCount, activeParameterCount }: CatalogueModelView): string {
  const all = parameters(parameterCount)
  return activeParameterCount === undefined
    ? t('models-get:detail.parameters', { all })
    : t('models-get:detail.parametersActive', { all, active: parameters(activeParameterCount) })
}

/** The fit, how fast it would be, and what of that is a guess. */
function fitSentences(fit: FitView): string[] {
  const speed = speedText(fit)
  const certainty = certaintyWords(fit)
  return [
    t('models:sentence', { text: fitWords(fit) }),
    ...(speed === undefined || certainty === undefined
      ? []
      : [t('models-get:detail.speed', { speed, certainty })]),
    ...(fit.exact ? [] : [t('models-get:detail.guess')]),
  ]
}

function Variant({ variant, fits }: { readonly variant: CatalogueVariantView; readonly fits: Fits }) {
  const fit = fits.get(variant.name)
  return (
    <tr>
      <td>{variant.quantisation}</td>
      <td>
        <span className={classes.variantName}>
          <code>{variant.name}</code>
          <CopyButton text={variant.name} label={t('models-get:detail.copy', { name: variant.name })} />
        </span>
      </td>
      <td data-figures>
        {variant.sizeIsExact ? '' : '≈ '}
        {bytes(variant.sizeBytes)}
        {variant.files.length > 1 && ` · ${t('models:files', { count: variant.files.length })}`}
      </td>
      <td>
        {fit !== undefined && (
          <>
            <FitBadge fit={fit} />
            <span className={classes.words}>{fitSentences(fit).join(' ')}</span>
          </>
        )}
      </td>
      <td>
        <GetButton name={variant.name} aliases={variant.aliases} />
      </td>
    </tr>
  )
}
