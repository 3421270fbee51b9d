import { ActionIcon } from '@mantine/core'
import { IconChevronRight, IconLock } from '@tabler/icons-react'
import { useId, useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import { bytes } from '../../../format/numbers.ts'
import type { Fits, ListedModel } from './arrange-catalogue.ts'
import classes from './Catalogue.module.css'
import { CatalogueDetail } from './CatalogueDetail.tsx'
import { contextWords, groupTitle, parameterWords, speedText } from './catalogue-words.ts'
import { FitBadge } from './FitBadge.tsx'
import { GetButton } from './GetButton.tsx'
import { useGetModels } from './use-getting.ts'

export interface CatalogueRowProps {
  readonly listed: ListedModel
  readonly fits: Fits
}

/** A model in one line, and all of its variants below on request. */
export function CatalogueRow({ listed, fits }: CatalogueRowProps) {
  const { model } = listed
  const { stateOf } = useGetModels()
  // What is here, or coming, says more of a model than what would be.
  const variant =
    model.variants.find(({ name, aliases }) => stateOf(name, aliases).kind !== 'away') ?? listed.variant
  const fit = fits.get(variant.name)
  const id = useId()
  const [open, setOpen] = useState(false)
  const speed = fit === undefined ? undefined : speedText(fit)
  const purpose = model.groups.filter(isPurpose).map((group) => groupTitle(group))
  const facts = [
    parameterWords(model),
    t('models:context', { size: contextWords(model.contextLength) }),
    model.licence.id,
    ...purpose,
    variant.quantisation,
  ]
  return (
    <li className={classes.row}>
      <div className={classes.line}>
        <ActionIcon
          className={classes.toggle}
          aria-label={t('models-get:detail.label', { title: model.title })}
          aria-expanded={open}
          aria-controls={open ? id : undefined}
          onClick={() => setOpen(!open)}
        >
          <IconChevronRight aria-hidden size={16} />
        </ActionIcon>
        <div className={classes.names}>
          <h3 className={classes.title}>
            <span title={model.title}>{model.title}</span>
            {model.licence.gated && (
              <span className={classes.gated} title={t('models-get:row.gatedHint')}>
                <IconLock aria-hidden size={12} /> {t('models-get:row.gated')}
              </span>
            )}
          </h3>
          <span className={classes.facts}>{facts.join(' · ')}</span>
        </div>
        <div>{fit !== undefined && <FitBadge fit={fit} />}</div>
        <span className={`${classes.figure} ${classes.speed} ${classes.quiet}`} data-figures>
          {speed}
        </span>
        <span className={classes.figure} data-figures>
          {variant.sizeIsExact ? '' : '≈ '}
          {bytes(variant.sizeBytes)}
        </span>
        <div className={classes.action}>
          <GetButton name={variant.name} aliases={variant.aliases} />
        </div>
      </div>
      {open && <CatalogueDetail id={id} model={model} fits={fits} />}
    </li>
  )
}

/** What it is for; size and where else it is found say less. */
function isPurpose(group: string): boolean {
  return group === 'reasoning' || group === 'coder' || group === 'embedding' || group === 'base'
}
