import { resolve } from 'node:path'
import type { Command } from 'commander'
import { bytesText } from '../../locales/words/health-words.ts'
import { existingDataFolder } from '../../node/data-folder.ts'
import { Diagnostics } from '../../node/diagnostics/diagnostics.ts'
import { folderSources } from '../../node/diagnostics/folder-sources.ts'
import { catalogueNames } from '../../node/diagnostics/sources.ts'
import type { LogLevel } from '../../node/logs/contract.ts'
import { createLogger } from '../../node/logs/create-logger.ts'
import { openStore } from '../../node/store/open-store.ts'
import type { DiagnosticsView } from '../../protocol/diagnostics-views.ts'
import { builtInModelPath, type CliHost } from '../host.ts'
import { dataDirOption } from '../options.ts'
import type { Output } from '../output.ts'
import type { CommandContext } from '../program.ts'
import { withCatalogue } from '../with-catalogue.ts'

interface DiagnosticsFlags {
  readonly dataDir?: string
  readonly output?: string
  readonly preview?: boolean
  readonly json?: boolean
  readonly logLevel?: LogLevel
}

export function addDiagnosticsCommand(program: Command, context: CommandContext): void {
  program
    .command('diagnostics')
    .description(
      'write what helps others to find out what is wrong here; keys, prompts and results are not in it',
    )
    .option('--output <file>', 'the archive to write; in this folder, with the date, where absent')
    .option('--preview', 'print all that would be in it, and write nothing')
    .addOption(dataDirOption())
    .action(async (flags: DiagnosticsFlags) => {
      await writeDiagnostics(flags, context.host, context.output(flags))
    })
}

async function writeDiagnostics(flags: DiagnosticsFlags, host: CliHost, output: Output): Promise<void> {
  const folder = existingDataFolder(flags.dataDir)
  const logs = createLogger({ level: flags.logLevel ?? 'error', destinations: { stderr: 'pretty' } })
  const store = openStore({ path: folder.databasePath, readOnly: true })
  try {
    const sources = await folderSources(
      { folder, store, logger: logs.logger },
      {
        builtInModelPath: builtInModelPath(),
        vault: host.vault,
        publicNames: await withCatalogue(flags.dataDir, (catalogue) => catalogueNames(catalogue.current())),
      },
    )
    const diagnostics = new Diagnostics(() => sources)
    const bundle = await diagnostics.prepare()
    if (flags.preview === true) {
      output.result(
        { files: bundle.files },
        bundle.files.map(({ name, text }) => `── ${name}\n${text}`).join('\n'),
      )
      return
    }
    const path = resolve(flags.output ?? diagnostics.nameOf(bundle.id))
    await diagnostics.save(bundle.id, path)
    const files = bundle.files.map(({ name, sizeBytes }) => ({ name, sizeBytes }))
    output.result({ path, sizeBytes: bundle.sizeBytes, files }, savedText(path, bundle))
  } finally {
    await store.close()
    await logs.close()
  }
}

function savedText(path: string, { files, sizeBytes }: DiagnosticsView): string {
  return [
    path,
    ...files.map((file) => `  ${file.name.padEnd(16)} ${bytesText(file.sizeBytes)}`),
    `${bytesText(sizeBytes)} in all. driad diagnostics --preview shows every word of it`,
  ].join('\n')
}
