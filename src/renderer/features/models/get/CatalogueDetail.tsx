import { useQuery } from '@tanstack/react-query'
import type { CatalogueModelView, CatalogueVariantView } from '../../../../protocol/catalogue-views.ts'
import type { SettingsView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { CopyButton } from '../../../components/CopyButton.tsx'
import { ExternalLink } from '../../../components/ExternalLink.tsx'
import { Facts } from '../../../components/Panel.tsx'
import { bytes, count, plural } from '../../../format/numbers.ts'
import type { Fits } from './arrange-catalogue.ts'
import classes from './Catalogue.module.css'
import { certaintyWords, groupTitles, kindTitles, parameterWords, speedText } from './catalogue-words.ts'
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
    <section id={id} className={classes.detail} aria-label={`Versions of ${model.title}`}>
      <Facts
        facts={[
          ['Family', `${model.family} · ${model.released} · ${parameterWords(model)} parameters`],
          ['Context', `${count(model.contextLength)} tokens`],
          [
            'Kind',
            `${kindTitles[model.kind]} · ${model.groups.map((group) => groupTitles[group] ?? group).join(', ')}`,
          ],
          [
            'Licence',
            <>
              <ExternalLink url={licence.url}>{licence.id}</ExternalLink>
              {licence.gated && ' · given out only to who has accepted it: an access token is asked for'}
            </>,
          ],
          [
            'Source',
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
            'Quality',
            quality.source === 'rule'
              ? `${count(quality.rank)} of 100, by its size and age alone`
              : `${count(quality.rank)} of 100, by ${quality.source}`,
          ],
        ]}
      />
      <div className={classes.scroll}>
        <table className={classes.variants}>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Name</th>
              <th scope="col">Download</th>
              <th scope="col">On this computer</th>
              <th scope="col">
                <span className={classes.quiet}>Get</span>
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

function Variant({ variant, fits }: { readonly variant: CatalogueVariantView; readonly fits: Fits }) {
  const fit = fits.get(variant.name)
  const speed = fit === undefined ? undefined : speedText(fit)
  return (
    <tr>
      <td>{variant.quantisation}</td>
      <td>
        <span className={classes.variantName}>
          <code>{variant.name}</code>
          <CopyButton text={variant.name} label={`Copy ${variant.name}`} />
        </span>
      </td>
      <td data-figures>
        {variant.sizeIsExact ? '' : '≈ '}
        {bytes(variant.sizeBytes)}
        {variant.files.length > 1 && ` · ${plural(variant.files.length, 'file')}`}
      </td>
      <td>
        {fit !== undefined && (
          <>
            <FitBadge fit={fit} />
            <span className={classes.words}>
              {fit.words}.{speed !== undefined && ` ${speed} (${certaintyWords(fit)}).`}
              {!fit.exact && ' Its shape is not known: the memory is that of a usual model of its size.'}
            </span>
          </>
        )}
      </td>
      <td>
        <GetButton name={variant.name} aliases={variant.aliases} />
      </td>
    </tr>
  )
}
