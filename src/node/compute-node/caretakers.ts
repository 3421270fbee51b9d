import { catalogueNames, type DiagnosticsSources } from '../diagnostics/sources.ts'
import { FirstRun } from '../first-run/first-run.ts'
import { backupView } from '../first-run/first-run-view.ts'
import { SelfTest } from '../first-run/self-test.ts'
import type { SignalReaders } from '../guest/contract.ts'
import { Guest } from '../guest/guest.ts'
import { systemReaders } from '../guest/signals/system-readers.ts'
import { Health } from '../health/health.ts'
import type { IdentityVault } from '../identity/identity-file.ts'
import type { Logger } from '../logs/contract.ts'
import { pullableVariant } from '../models/pull/pull-request.ts'
import { Recovery } from '../recovery/recovery.ts'
import { openSecrets } from '../settings/secrets.ts'
import type { ComputeNodeConfig } from './config.ts'
import type { Membership } from './membership.ts'
import type { NodeStatus } from './node-status.ts'
import type { NodeParts } from './parts.ts'

// What looks after the node rather than doing its work, each with what it is given of the rest.

interface Common {
  readonly config: ComputeNodeConfig
  readonly parts: NodeParts
  readonly membership: Membership
  readonly logger: Logger
}

/** How the node finds out about its computer: by itself, or by its host where that knows better. */
export function signalReaders({ engine }: NodeParts, ofHost: SignalReaders | undefined): SignalReaders {
  const ownPids = () => {
    const { pid } = engine.state()
    return pid === undefined ? [process.pid] : [process.pid, pid]
  }
  return { ...systemReaders({ ownPids }), ...ofHost }
}

export function openGuest(
  { parts: { settings, tasks }, logger }: Pick<Common, 'parts' | 'logger'>,
  init: { readers: SignalReaders; onChange: () => void },
): Guest {
  return new Guest(
    { settings, readers: init.readers, logger },
    {
      onPaused: (paused) => (paused ? tasks.pause() : tasks.resume()),
      onChange: init.onChange,
    },
  )
}

export function openRecovery(
  { config, parts: { runs, runStart, identity }, membership, logger }: Common,
  { readers, guest }: { readers: SignalReaders; guest: Guest },
): Recovery {
  return new Recovery({
    folder: config.folder,
    publicKey: identity.publicKey,
    runs,
    safeMode: runStart.safeMode,
    logger: logger.scope('recovery'),
    busy: async () => {
      const isPaused = guest.view().pause?.reasons.some(({ code }) => code !== 'operator') === true
      if (isPaused) return 'paused'
      const power = await readers.power?.()
      return power?.onBattery === true ? 'battery' : undefined
    },
    // What it earns from now on could not be kept.
    onDamage: () => {
      membership
        .leave({ drainMs: 0 })
        .catch((error: unknown) => logger.error('Leaving the network failed', { error }))
    },
  })
}

export function openHealth(
  { config, parts, membership, logger }: Common,
  init: { status: NodeStatus; join: () => Promise<void> },
): Health {
  const { store, settings, identity, models, localModels, pulls, devices, engine, catalogue } = parts
  return new Health({
    folder: config.folder,
    store,
    models,
    localModels,
    pulls,
    devices,
    isPullable: (name) => pullableVariant(catalogue.current(), name) !== undefined,
    live: () => {
      const { phase, online, failure } = membership
      const reachability = membership.reachability()
      return {
        status: {
          phase,
          peers: online?.host.peers().length ?? 0,
          ...(failure !== undefined && { error: failure }),
        },
        ...(reachability !== undefined && { reachability }),
        inference: engine.state(),
        exits: engine.exits(),
        isBackedUp:
          backupView({ backup: settings.get().identityBackup, peerId: identity.peerId }).state === 'done',
      }
    },
    onLive: (listener) => {
      const stops = [init.status.onChange(listener), settings.onChange(listener)]
      return () => {
        for (const stop of stops) stop()
      }
    },
    join: init.join,
    leave: () => membership.leave(),
    restartInference: () => engine.restart(),
    logger: logger.scope('health'),
  })
}

export function openFirstRun(
  { config, parts, membership, logger: nodeLogger }: Common,
  init: { vault: IdentityVault | undefined; join: (options: { signal?: AbortSignal }) => Promise<void> },
): FirstRun {
  const { announced, tasks, identity } = parts
  const logger = nodeLogger.scope('first-run')
  return new FirstRun({
    ...parts,
    folder: config.folder,
    ...(init.vault !== undefined && { vault: init.vault }),
    phase: () => membership.phase,
    join: init.join,
    openSelfTest: (onChange) =>
      new SelfTest(
        {
          identity,
          tasks,
          models: announced.models,
          loopback: () => ({
            networkName: membership.networkName,
            networkKeyFile: membership.networkKeyFile,
            addresses: membership.addresses(),
            describe: () => membership.describe(),
          }),
          reach: () => membership.reachability()?.level,
          logger,
        },
        onChange,
      ),
    logger,
  })
}

export function diagnosticsSources(
  { config, parts, membership, logger }: Common,
  { status, health }: { status: NodeStatus; health: Health },
): DiagnosticsSources {
  const { store, settings, identity, devices, models, engine, catalogue } = parts
  const reachability = membership.reachability()
  const network = membership.figures()
  return {
    folder: config.folder,
    store,
    settings: settings.get(),
    identity,
    secrets: openSecrets({ store, identity, logger }),
    health: health.view(),
    devices: devices.view(),
    models: models.list(),
    status: status.view(),
    inference: engine.state(),
    exits: engine.exits(),
    publicNames: catalogueNames(catalogue.current()),
    ...(reachability !== undefined && { reachability }),
    ...(network !== undefined && { network }),
  }
}
