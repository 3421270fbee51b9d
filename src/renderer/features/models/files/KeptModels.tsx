import { Button } from '@mantine/core'
import { IconStack2, IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { t } from '../../../../locales/translate.ts'
import type { DiskUseView } from '../../../../protocol/local-model-views.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { useModels } from '../../../app/use-node.ts'
import { EmptyState } from '../../../components/EmptyState.tsx'
import { FilePath } from '../../../components/FilePath.tsx'
import { Panel } from '../../../components/Panel.tsx'
import { bytes } from '../../../format/numbers.ts'
import { RemoveModel } from '../RemoveModel.tsx'
import classes from './KeptModels.module.css'

/** The node's models as files: whose they are, and what deleting them would free. */
export function KeptModels() {
  const models = (useModels() ?? []).filter(({ builtIn }) => !builtIn)
  const use: DiskUseView | undefined = useQuery(useTRPC().localModels.diskUse.queryOptions()).data
  const [removing, setRemoving] = useState<ModelView>()
  const bySize = [...models].sort((a, b) => b.sizeBytes - a.sizeBytes)
  return (
    <Panel title={t('models-files:kept.title')}>
      {bySize.length === 0 ? (
        <EmptyState icon={IconStack2} title={t('models-files:kept.empty')}>
          {t('models-files:kept.emptyHint')}
        </EmptyState>
      ) : (
        <ul className={classes.list} aria-label={t('models-files:kept.title')}>
          {bySize.map((model) => (
            <li key={model.name}>
              <div className={classes.names}>
                <span className={classes.name}>{model.name}</span>
                <FilePath path={model.path} />
              </div>
              <span className={classes.whose}>
                {use === undefined
                  ? ''
                  : isIn(model.path, use.modelsFolder)
                    ? t('models-files:kept.own')
                    : t('models-files:kept.elsewhere')}
              </span>
              <span className={classes.size} data-figures>
                {bytes(model.sizeBytes)}
              </span>
              <Button
                leftSection={<IconTrash aria-hidden size={14} />}
                onClick={() => setRemoving(model)}
                aria-label={t('models:removeLabel', { name: model.name })}
              >
                {t('models:remove')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <RemoveModel model={removing} onClose={() => setRemoving(undefined)} />
    </Panel>
  )
}

function isIn(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`) || path.startsWith(`${folder}\\`)
}
