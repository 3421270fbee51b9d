import { Button, Checkbox } from '@mantine/core'
import { t } from '../../../../locales/translate.ts'
import type { LocalWeightsView } from '../../../../protocol/local-model-views.ts'
import { FilePath } from '../../../components/FilePath.tsx'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { bytes, parameters } from '../../../format/numbers.ts'
import { contextWords } from '../get/catalogue-words.ts'
import { hasCopies, isReady } from './arrange-weights.ts'
import classes from './FoundModels.module.css'
import { sourceTitle } from './source-words.ts'
import { useAddFiles } from './use-add-files.ts'

export interface FoundRowProps {
  readonly weights: LocalWeightsView
  readonly chosen: boolean
  readonly onChoose: (take: boolean) => void
}

/** The same weights in all places where they are, and what can be done with them. */
export function FoundRow({ weights, chosen, onChoose }: FoundRowProps) {
  const { addFiles, pending } = useAddFiles()
  const { suggestedName, addedAs, error, places, sizeBytes, takenBytes, path } = weights
  const name = addedAs[0] ?? suggestedName
  const ready = isReady(weights)
  return (
    <li className={classes.row}>
      {ready ? (
        <Checkbox
          aria-label={t('models-files:row.select', { name })}
          checked={chosen}
          onChange={(event) => onChoose(event.currentTarget.checked)}
        />
      ) : (
        <span />
      )}
      <div className={classes.names}>
        <h3 className={classes.title}>{name}</h3>
        {error === undefined ? (
          <span className={classes.facts}>{factsOf(weights).join(' · ')}</span>
        ) : (
          <span className={classes.reason}>{reasonOf(error.message, path)}</span>
        )}
        <ul className={classes.places} aria-label={t('models-files:row.where', { name })}>
          {places.map((place) => (
            <li key={place.path}>
              <span>{sourceTitle(place.source)}</span>
              <FilePath path={place.path} />
              {place.sameFile && <span className={classes.same}>{t('models-files:row.sameFile')}</span>}
            </li>
          ))}
        </ul>
      </div>
      <span className={classes.size} data-figures>
        {bytes(sizeBytes)}
        {hasCopies(weights) && (
          <span className={classes.note}>
            {t('models-files:row.inCopies', { size: bytes(takenBytes - sizeBytes) })}
          </span>
        )}
      </span>
      <div className={classes.action}>
        {addedAs.length > 0 ? (
          <ToneBadge tone="earned">{t('models:served')}</ToneBadge>
        ) : error === undefined ? (
          <Button
            disabled={pending}
            onClick={() => addFiles([path])}
            aria-label={t('models-files:row.serve', { name })}
          >
            {t('models:serve')}
          </Button>
        ) : (
          <ToneBadge tone="neutral">{t('models-files:row.unusable')}</ToneBadge>
        )}
      </div>
    </li>
  )
}

/** The path stands below already. */
function reasonOf(message: string, path: string): string {
  return message.startsWith(`${path}: `) ? message.slice(path.length + 2) : message
}

function factsOf({ facts, digest, sha256 }: LocalWeightsView): string[] {
  if (facts === undefined) return []
  return [
    facts.architecture,
    parameters(facts.parameterCount),
    facts.quantisation,
    ...(facts.contextLength === undefined
      ? []
      : [t('models:context', { size: contextWords(facts.contextLength) })]),
    ...(facts.hasChatTemplate ? [] : [t('models-files:row.baseModel')]),
    ...(sha256 === undefined
      ? []
      : [
          t(digest === 'claimed' ? 'models-files:row.digestClaimed' : 'models-files:row.digestMade', {
            digest: sha256.slice(0, 8),
          }),
        ]),
  ]
}
