import { Button, Checkbox } from '@mantine/core'
import type { LocalWeightsView } from '../../../../protocol/local-model-views.ts'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { bytes, parameters } from '../../../format/numbers.ts'
import { contextWords } from '../get/catalogue-words.ts'
import { hasCopies, isReady } from './arrange-weights.ts'
import classes from './FoundModels.module.css'
import { sourceTitles } from './source-words.ts'
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
          aria-label={`Select ${name}`}
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
        <ul className={classes.places} aria-label={`Where ${name} is`}>
          {places.map((place) => (
            <li key={place.path}>
              <span>{sourceTitles[place.source]}</span>
              <code title={place.path}>{place.path}</code>
              {place.sameFile && <span className={classes.same}>same file</span>}
            </li>
          ))}
        </ul>
      </div>
      <span className={classes.size} data-figures>
        {bytes(sizeBytes)}
        {hasCopies(weights) && (
          <span className={classes.note}>{bytes(takenBytes - sizeBytes)} in copies</span>
        )}
      </span>
      <div className={classes.action}>
        {addedAs.length > 0 ? (
          <ToneBadge tone="earned">Served</ToneBadge>
        ) : error === undefined ? (
          <Button disabled={pending} onClick={() => addFiles([path])} aria-label={`Serve ${name}`}>
            Serve
          </Button>
        ) : (
          <ToneBadge tone="neutral">Unusable</ToneBadge>
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
  const said = digest === 'claimed' ? 'as its program says' : 'as read from the file'
  return [
    facts.architecture,
    parameters(facts.parameterCount),
    facts.quantisation,
    ...(facts.contextLength === undefined ? [] : [`${contextWords(facts.contextLength)} context`]),
    ...(facts.hasChatTemplate ? [] : ['base model']),
    ...(sha256 === undefined ? [] : [`digest ${sha256.slice(0, 8)}…, ${said}`]),
  ]
}
