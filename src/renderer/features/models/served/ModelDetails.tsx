import type { ModelView } from '../../../../protocol/views.ts'
import { CopyButton } from '../../../components/CopyButton.tsx'
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
            <h3>How it is loaded</h3>
            <LoadControls model={model} />
          </section>
        )}
        <section className={classes.part}>
          <h3>How fast it is here</h3>
          <Benchmark model={model} />
        </section>
      </div>
      <dl className={classes.file}>
        <div>
          <dt>File</dt>
          <dd>
            <code>{path}</code>
            <CopyButton text={path} label={`Copy the path of ${model.name}`} />
          </dd>
        </div>
        {draftPath !== undefined && (
          <div>
            <dt>Draft</dt>
            <dd>
              <code>{draftPath}</code> guesses ahead for it
            </dd>
          </div>
        )}
        {sha256 !== undefined && (
          <div>
            <dt>SHA-256</dt>
            <dd>
              <Identifier value={sha256} label={`whole SHA-256 of ${model.name}`} whole />
            </dd>
          </div>
        )}
      </dl>
      {hasChatTemplate === false && (
        <p className={classes.hint}>
          A base model without a chat template: it continues the last message as it is.
        </p>
      )}
    </div>
  )
}
