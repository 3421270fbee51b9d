import { Button } from '@mantine/core'
import { IconBolt, IconCoins, IconEye, IconPlugConnected } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { ModelView, NodeStatusView } from '../../../protocol/views.ts'
import { useTRPC } from '../../api/client.ts'
import { Logo } from '../../app/Logo.tsx'
import { useModels, useNodeActions } from '../../app/use-node.ts'
import { FailureNote } from '../../components/ErrorState.tsx'
import classes from './FirstRun.module.css'

const promises = [
  {
    icon: IconPlugConnected,
    text: 'Your computer connects to others and offers them its language model.',
  },
  { icon: IconBolt, text: 'It works on their tasks when it has room. Pause or leave at any moment.' },
  {
    icon: IconCoins,
    text: 'Each finished task earns credits, with a receipt that its requester has signed.',
  },
] as const

/** The one screen before joining for the first time: one button, what it does, and what others will see. */
export function FirstRun({ status }: { readonly status: NodeStatusView }) {
  const { run, pending } = useNodeActions()
  const joining = pending === 'join' || status.phase === 'joining'
  return (
    <div className={classes.screen}>
      <div className={classes.column}>
        <Logo size={52} />
        <h2 className={classes.title}>Put this computer to work</h2>
        <ul className={classes.promises}>
          {promises.map(({ icon: Icon, text }) => (
            <li key={text}>
              <Icon aria-hidden size={19} stroke={1.6} />
              {text}
            </li>
          ))}
        </ul>
        {status.error !== undefined && <FailureNote failure={status.error} title="Joining did not work" />}
        <Button
          size="lg"
          variant="filled"
          className={classes.join}
          loading={joining}
          onClick={() => run('join')}
          data-autofocus
        >
          Join
        </Button>
        <p className={classes.under} role="status">
          {joining ? (
            (status.reason ?? `Looking for the ${status.network} network…`)
          ) : (
            <Readiness status={status} />
          )}
        </p>
        <div className={classes.seen}>
          <IconEye aria-hidden size={17} stroke={1.6} />
          <div>
            <h3>What others will be able to see</h3>
            <p>
              While you are online: your internet address, and what this computer offers (models, speed,
              prices). You can read the prompts that are sent to it; whoever sent one reads its result. There
              is no account and no telemetry.
            </p>
          </div>
        </div>
      </div>
    </div>
  )
}

const firstRunWords: Readonly<Record<ModelView['state'], string>> = {
  ready: 'is ready',
  idle: 'is ready, and loaded when it is needed',
  loading: 'is loading',
  unloaded: 'is not loaded',
  suspended: 'waits for the GPU',
  failed: 'could not be loaded',
}

function Readiness({ status }: { readonly status: NodeStatusView }) {
  const models = useModels() ?? []
  const info = useQuery(useTRPC().app.info.queryOptions()).data
  const ready = models.filter((model) => model.state === 'ready' || model.state === 'idle')
  const first = ready[0] ?? models[0]
  const parts = [
    `Network ${status.network}`,
    first === undefined
      ? 'no model yet: add one in Models'
      : `model ${first.name} ${firstRunWords[first.state]}`,
    first?.device === undefined || first.device === 'CPU' ? info?.cpu : first.device,
  ]
  return parts.filter((part) => part !== undefined && part !== '').join(' · ')
}
