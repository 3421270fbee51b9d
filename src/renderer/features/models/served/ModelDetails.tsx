import { Trans } from 'react-i18next'
import { i18n, t } from '../../../../locales/translate.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { CopyButton } from '../../../components/CopyButton.tsx'
import { FilePath } from '../../../components/FilePath.tsx'
import { Identifier } from '../../../components/Identifier.tsx'
import { Benchmark } from './Benchmark.tsx'
import { LoadControls } from './LoadControls.tsx'
import classes from './ModelDetails.module.css'

/** How a model is loaded, how fast it is, and where it is. */
export function ModelDetails({ model }: { readonly model: ModelView }) {
  const { error, path, sha256, draftPath, hasChatTemplate } = model
  const unreadable = error?.code === 'model_not_found' || error?.code === 'model_invalid'
  return (
    <div className={classes.details}>
      <div className={classes.columns}>
        {!unreadable && (
          <section className={classes.part}>
            <h3>{t('models-served:details.howLoaded')}</h3>
            <LoadControls model={model} />
          </section>
        )}
        <section className={classes.part}>
          <h3>{t('models-served:details.howFast')}</h3>
          <Benchmark model={model} />
        </section>
      </div>
      <dl className={classes.file}>
        <div>
          <dt>{t('models-served:details.file')}</dt>
          <dd>
            <FilePath path={path} />
            <CopyButton text={path} label={t('models-served:details.copyPath', { name: model.name })} />
          </dd>
        </div>
        {draftPath !== undefined && (
          <div>
            <dt>{t('models-served:details.draft')}</dt>
            <dd>
              <Trans
                i18n={i18n}
                t={t}
                i18nKey="models-served:details.guessesAhead"
                components={{ path: <FilePath path={draftPath} /> }}
              />
            </dd>
          </div>
        )}
        {sha256 !== undefined && (
          <div>
            <dt>{t('models-served:fact.digest')}</dt>
            <dd>
              <Identifier
                value={sha256}
                label={t('models-served:details.wholeDigest', { name: model.name })}
                whole
              />
            </dd>
          </div>
        )}
      </dl>
      {hasChatTemplate === false && <p className={classes.hint}>{t('models-served:details.baseModel')}</p>}
    </div>
  )
}
