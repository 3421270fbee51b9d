import { Button } from '@mantine/core'
import { t } from '../../../locales/translate.ts'
import { healthSentence, healthSubject, mendWords } from '../../../locales/words/health-words.ts'
import type { HealthCheckView, HealthMend } from '../../../protocol/health-views.ts'
import { placeRoute } from '../../app/routes.ts'
import { useNavigate } from '../../app/use-route.ts'
import classes from './HealthPage.module.css'
import { HealthSign } from './HealthSign.tsx'
import { useMend } from './use-health.ts'

/** One check: what it is of, what it found, and the buttons that mend it. */
export function HealthRow({ check }: { readonly check: HealthCheckView }) {
  const { subject, state, mends } = check
  const sentence = healthSentence(check)
  return (
    <li className={classes.check} data-check={check.id}>
      <HealthSign state={state} size={17} />
      <span className={classes.subject}>{healthSubject(subject)}</span>
      <span className={classes.sentence}>{sentence}</span>
      {mends.length > 0 && <Mends mends={mends} sentence={sentence} />}
    </li>
  )
}

function Mends({ mends, sentence }: { readonly mends: readonly HealthMend[]; readonly sentence: string }) {
  const { mend, pending } = useMend()
  const navigate = useNavigate()
  return (
    <span className={classes.mends}>
      {mends.map((each) => {
        const words = mendWords(each)
        return (
          <Button
            key={each.act === 'open' ? each.place : each.act}
            size="compact-xs"
            variant={each.act === 'open' ? 'subtle' : 'default'}
            color={each.act === 'open' ? 'gray' : undefined}
            aria-label={t('health:mendOf', { mend: words, what: sentence })}
            loading={pending?.act === each.act}
            disabled={pending !== undefined && pending.act !== each.act}
            onClick={() => (each.act === 'open' ? navigate(placeRoute(each.place)) : mend(each))}
          >
            {words}
          </Button>
        )
      })}
    </span>
  )
}
