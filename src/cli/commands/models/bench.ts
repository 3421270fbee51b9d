import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { openDataFolder } from '../../../node/data-folder.ts'
import type { LogLevel } from '../../../node/logs/contract.ts'
import { createLogger } from '../../../node/logs/create-logger.ts'
import { measureFile } from '../../../node/models/benchmarks/measure-file.ts'
import { openCatalogue } from '../../../node/models/catalogue/catalogue-keeper.ts'
import { modelNameOf } from '../../../node/models/model-name.ts'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { CONTEXT_TOKENS } from '../../../node/models/residency/load-plan.ts'
import { openSettings } from '../../../node/settings/settings.ts'
import { isFolderHeld } from '../../../node/store/folder-lock.ts'
import { openStore } from '../../../node/store/open-store.ts'
import type { BenchmarkView } from '../../../protocol/benchmark-views.ts'
import { findAddedModel } from '../../added-model.ts'
import { builtInModelPath, cataloguePath } from '../../host.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import type { ModelFlags } from './model-rows.ts'

interface BenchFlags extends ModelFlags {
  readonly logLevel?: LogLevel
}

export function addBenchCommand(models: Command, context: CommandContext): void {
  models
    .command('bench')
    .description('measure how fast a model is on this computer; a few seconds, on a process of its own')
    .argument('<name|file>')
    .addOption(dataDirOption())
    .action(async (model: string, flags: BenchFlags) => {
      const output = context.output(flags)
      const folder = openDataFolder(flags.dataDir)
      const file = fileOf(model, flags.dataDir)
      const nodeRuns = isFolderHeld(folder.nodeLockPath)
      if (nodeRuns)
        output.note('A node runs on this folder: what it computes meanwhile makes the figures lower')
      const logs = createLogger({ level: flags.logLevel ?? 'warn', destinations: { stderr: 'pretty' } })
      const store = openStore({ path: folder.databasePath })
      const interrupted = new AbortController()
      const interrupt = () => interrupted.abort()
      process.once('SIGINT', interrupt)
      process.once('SIGTERM', interrupt)
      try {
        const settings = openSettings({ store, logger: logs.logger })
        const { slots } = settings.get()
        const catalogue = openCatalogue(
          { settings, logger: logs.logger },
          { builtInPath: cataloguePath(), keptPath: folder.cataloguePath },
        )
        const references = catalogue.current().referenceMachines
        await catalogue.stop()
        const measured = await measureFile(
          { launchInference: context.host.inferenceLauncher(logs.logger), logger: logs.logger, store },
          { ...file, slots, contextSize: CONTEXT_TOKENS, gpu: 'auto', references },
          { signal: interrupted.signal },
        )
        output.result({ ...file, ...measured, nodeRuns }, benchmarkText(file.name, measured))
      } finally {
        process.off('SIGINT', interrupt)
        process.off('SIGTERM', interrupt)
        await store.close()
        await logs.close()
      }
    })
}

function fileOf(model: string, dataDir: string | undefined): { name: string; path: string } {
  if (model === BUILT_IN_MODEL) return { name: model, path: builtInModelPath() }
  if (model.endsWith('.gguf') || existsSync(model)) {
    return { name: modelNameOf(model), path: resolve(model) }
  }
  return findAddedModel(model, dataDir)
}

function benchmarkText(name: string, view: BenchmarkView): string {
  const speed = (tokensPerSecond: number) =>
    `${tokensPerSecond.toFixed(tokensPerSecond < 100 ? 1 : 0)} tokens/s`
  const gain = view.allSlotsTokensPerSecond / Math.max(0.001, view.tokensPerSecond)
  const lines: [string, string | undefined][] = [
    ['model', name],
    ['device', `${view.device}, ${view.threads} ${view.threads === 1 ? 'thread' : 'threads'}`],
    ['reading', speed(view.promptTokensPerSecond)],
    ['writing', speed(view.tokensPerSecond)],
    ['', `${speed(view.allSlotsTokensPerSecond)} with ${view.slots} at once (${gain.toFixed(2)} times)`],
    ['first token', `${view.firstTokenMs.toFixed(1)} ms`],
    ['memory', `${(view.memoryBytes / 1e6).toFixed(0)} MB with ${view.contextSize} tokens for each`],
    ['loading', `${(view.loadMs / 1000).toFixed(1)} s`],
    ['in short', view.comparison && `about ${view.comparison.percent} % of ${view.comparison.machine}`],
  ]
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label.padEnd(13)} ${value}`)
    .join('\n')
}
