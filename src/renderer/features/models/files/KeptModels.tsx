import { Button } from '@mantine/core'
import { IconStack2, IconTrash } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { DiskUseView } from '../../../../protocol/local-model-views.ts'
import type { ModelView } from '../../../../protocol/views.ts'
import { useTRPC } from '../../../api/client.ts'
import { useModels } from '../../../app/use-node.ts'
import { EmptyState } from '../../../components/EmptyState.tsx'
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
    <Panel title="Models of this node">
      {bySize.length === 0 ? (
        <EmptyState icon={IconStack2} title="Only the built-in model so far">
          What you download or serve from here is listed with its size, and can be deleted here.
        </EmptyState>
      ) : (
        <ul className={classes.list} aria-label="Models of this node">
          {bySize.map((model) => (
            <li key={model.name}>
              <div className={classes.names}>
                <span className={classes.name}>{model.name}</span>
                <code title={model.path}>{model.path}</code>
              </div>
              <span className={classes.whose}>
                {use === undefined
                  ? ''
                  : isIn(model.path, use.modelsFolder)
                    ? 'Driad’s own file'
                    : 'file elsewhere'}
              </span>
              <span className={classes.size} data-figures>
                {bytes(model.sizeBytes)}
              </span>
              <Button
                leftSection={<IconTrash aria-hidden size={14} />}
                onClick={() => setRemoving(model)}
                aria-label={`Remove ${model.name}`}
              >
                Remove…
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
