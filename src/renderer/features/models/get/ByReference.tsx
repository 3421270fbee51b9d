import { Button, TextInput } from '@mantine/core'
import { IconDownload, IconLink } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import { Panel } from '../../../components/Panel.tsx'
import classes from './ByReference.module.css'
import { useGetModels } from './use-getting.ts'

/** Any model that is not in the catalogue. */
export function ByReference() {
  const { get, isPending } = useGetModels()
  const [draft, setDraft] = useState('')
  const [name, setName] = useState('')
  const model = draft.trim()
  return (
    <Panel label={t('models-get:reference.title')}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault()
          if (model === '' || isPending(model)) return
          void get(model, name.trim() === '' ? {} : { name: name.trim() }).then((began) => {
            if (!began) return
            setDraft('')
            setName('')
          })
        }}
      >
        <TextInput
          label={t('models-get:reference.title')}
          description={t('models-get:reference.hint')}
          placeholder={'hf:owner/repo:Q4_K_M'}
          leftSection={<IconLink aria-hidden size={14} />}
          className={classes.reference}
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
          spellCheck={false}
        />
        <TextInput
          label={t('models-get:reference.name')}
          description={t('models-get:reference.nameHint')}
          placeholder={t('models-get:reference.namePlaceholder')}
          className={classes.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          spellCheck={false}
        />
        <Button
          type="submit"
          className={classes.get}
          leftSection={<IconDownload aria-hidden size={14} />}
          loading={isPending(model)}
          disabled={model === ''}
          aria-label={t('models-get:reference.getLabel')}
        >
          {t('models-get:get.get')}
        </Button>
      </form>
    </Panel>
  )
}
