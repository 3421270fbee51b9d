import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { BUILT_IN_MODEL } from '../../../node/models/registry.ts'
import { type GgufInfo, inspectGguf } from '../../../protocol/gguf/inspect-gguf.ts'
import { findAddedModel } from '../../added-model.ts'
import { builtInModelPath } from '../../host.ts'
import { dataDirOption } from '../../options.ts'
import type { CommandContext } from '../../program.ts'
import type { ModelFlags } from './model-rows.ts'
import { parametersText } from './model-text.ts'

export function addInspectCommand(models: Command, context: CommandContext): void {
  models
    .command('inspect')
    .description('show what a GGUF file says of itself, and whether it is whole')
    .argument('<file|name>')
    .addOption(dataDirOption())
    .action(async (model: string, flags: ModelFlags) => {
      const info = await inspectGguf(pathOf(model, flags.dataDir))
      context.output(flags).result(info, infoText(info))
    })
}

function pathOf(model: string, dataDir: string | undefined): string {
  if (model === BUILT_IN_MODEL) return builtInModelPath()
  if (model.endsWith('.gguf') || existsSync(model)) return resolve(model)
  return findAddedModel(model, dataDir).path
}

function infoText(info: GgufInfo): string {
  const lines: [string, unknown][] = [
    ['file', info.path],
    ['name', info.name],
    ['architecture', info.architecture],
    ['quantisation', info.quantisation],
    ['parameters', parametersText(info.parameterCount)],
    ['size', `${info.sizeBytes} bytes`],
    ['parts', info.partCount],
    ['context', info.contextLength === undefined ? undefined : `${info.contextLength} tokens`],
    ['layers', info.layerCount],
    ['kind', info.hasChatTemplate ? 'chat' : 'base (completes text)'],
    ['licence', info.licence],
  ]
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label.padEnd(13)} ${value}`)
    .join('\n')
}
