import { Tooltip } from '@mantine/core'
import { fitWords } from '../../../../locales/words/fit-words.ts'
import type { FitView } from '../../../../protocol/fit-views.ts'
import { ToneBadge } from '../../../components/StateBadge.tsx'
import { verdictWords } from './catalogue-words.ts'

/** Whether a model suits this computer, with the numbers behind it. */
export function FitBadge({ fit }: { readonly fit: FitView }) {
  const { label, tone } = verdictWords(fit)
  return (
    <Tooltip label={fitWords(fit)} multiline w={290}>
      <span>
        <ToneBadge tone={tone}>{label}</ToneBadge>
      </span>
    </Tooltip>
  )
}
