import { Command, CommanderError, Option } from 'commander'
import { DriadError } from '../protocol/errors.ts'
import { version } from '../protocol/version.ts'
import { addBackupCommands } from './commands/backup.ts'
import { addCancelCommand } from './commands/cancel.ts'
import { addCatalogueCommands } from './commands/catalogue.ts'
import { addDevicesCommand } from './commands/devices.ts'
import { addDiagnosticsCommand } from './commands/diagnostics.ts'
import { addDisputeCommand } from './commands/dispute.ts'
import { addHealthCommand } from './commands/health.ts'
import { addIdentityCommand } from './commands/identity/identity.ts'
import { addLedgerCommands } from './commands/ledger/ledger.ts'
import { addModelsCommands } from './commands/models/models.ts'
import { addNetworkCommands } from './commands/network.ts'
import { addPauseCommands } from './commands/pause.ts'
import { addPeersCommand } from './commands/peers.ts'
import { addPublishCommand } from './commands/publish.ts'
import { addReleaseCommands } from './commands/release.ts'
import { addResultCommand } from './commands/result.ts'
import { addRunCommand } from './commands/run.ts'
import { addSettingsCommands } from './commands/settings.ts'
import { addStartCommand } from './commands/start.ts'
import { addToolsCommands } from './commands/tools.ts'
import { addValidateCommand } from './commands/validate.ts'
import type { CliHost } from './host.ts'
import { createOutput, type ExitCode, exitCodeOf, exitCodes, type Output } from './output.ts'

/** What every command gets: what it runs in, where to write, and the code to leave with. */
export interface CommandContext {
  readonly host: CliHost
  /** Made once the flags are known; `json` is one of them. */
  output(flags: { json?: boolean }): Output
  exitWith(code: ExitCode): void
}

/** Runs one command line and resolves to the process's exit code. Never throws. */
export async function runCli(argv: readonly string[], host: CliHost): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done
  const context: CommandContext = {
    host,
    output: (flags) => createOutput(flags.json === true),
    exitWith: (code) => {
      exitCode = code
    },
  }
  const program = buildProgram(context)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return exitCode
  } catch (cause) {
    const json = argv.includes('--json')
    if (cause instanceof CommanderError) {
      if (cause.exitCode === 0) return exitCodes.done // --help, --version
      // Commander has written what is wrong to stderr already.
      if (json) createOutput(true, { stdout: process.stdout, stderr: nowhere }).failure(usageError(cause))
      return exitCodes.badInput
    }
    const error = DriadError.from(cause)
    createOutput(json).failure(error)
    return exitCodeOf(error)
  }
}

function buildProgram(context: CommandContext): Command {
  const program = new Command('driad')
    .description('A decentralised LLM network in one program.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(driad --help tells what there is)')
    .configureHelp({ showGlobalOptions: true })
  for (const add of [
    addStartCommand,
    addPauseCommands,
    addHealthCommand,
    addDiagnosticsCommand,
    addRunCommand,
    addValidateCommand,
    addPublishCommand,
    addResultCommand,
    addCancelCommand,
    addDisputeCommand,
    addModelsCommands,
    addDevicesCommand,
    addCatalogueCommands,
    addReleaseCommands,
    addToolsCommands,
    addLedgerCommands,
    addSettingsCommands,
    addBackupCommands,
    addPeersCommand,
    addIdentityCommand,
    addNetworkCommands,
  ]) {
    add(program, context)
  }
  addToLeaves(program)
  return program
}

/** Every command that does something takes `--json` and `--log-level`. */
function addToLeaves(command: Command): void {
  if (command.commands.length > 0) {
    for (const child of command.commands) addToLeaves(child)
    return
  }
  command.exitOverride()
  command.addOption(new Option('--json', 'write JSON to stdout, and nothing else'))
  command.addOption(
    new Option('--log-level <level>', 'how much to log, on stderr').choices([
      'debug',
      'info',
      'warn',
      'error',
    ]),
  )
}

function usageError(cause: CommanderError): DriadError {
  return new DriadError('bad_usage', cause.message.replace(/^error: /, ''), { cause })
}

const nowhere = { write: () => true } as unknown as NodeJS.WritableStream
