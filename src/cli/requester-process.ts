import { type Command, Option } from 'commander'
import type { LogLevel } from '../node/logs/contract.ts'
import { createLogger } from '../node/logs/create-logger.ts'
import { type OpenedRequester, openRequester } from '../node/requester/open-requester.ts'
import { modelPathOf } from './added-model.ts'
import {
  bootstrapOption,
  collect,
  dataDirOption,
  listenOption,
  networkKeyOption,
  networkOption,
  noMdnsOption,
  number,
} from './options.ts'
import type { CommandContext } from './program.ts'

/** Flags of every command that asks the network for something. */
export interface RequesterFlags {
  readonly dataDir?: string
  readonly network?: string
  readonly bootstrap?: string[]
  readonly listen?: string[]
  readonly mdns: boolean
  readonly networkKey?: string
  readonly logLevel?: LogLevel
  readonly verify?: number
  readonly verifyModel?: string[]
  readonly verifyNodes?: boolean
}

export function addRequesterOptions(command: Command): Command {
  return command
    .addOption(dataDirOption())
    .addOption(networkOption())
    .addOption(bootstrapOption())
    .addOption(listenOption())
    .addOption(noMdnsOption())
    .addOption(networkKeyOption())
}

/** How results are checked, where that is not to be as the settings say. */
export function addVerifyOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--verify <share>', 'check this part of the results before paying, from 0 to 1').argParser(
        number({ min: 0, max: 1 }),
      ),
    )
    .addOption(
      new Option('--verify-model <name|file>', 'check with this model of yours (repeatable)').argParser(
        collect,
      ),
    )
    .option('--verify-nodes', 'have other nodes check what your models cannot; they are paid for it')
}

/** Opens a requester, does something with it, and closes it, whatever happened. Its log goes to stderr. */
export async function withRequester<T>(
  { host }: CommandContext,
  flags: RequesterFlags,
  work: (opened: OpenedRequester) => Promise<T>,
): Promise<T> {
  const logs = createLogger({ level: flags.logLevel ?? 'warn', destinations: { stderr: 'pretty' } })
  try {
    const opened = await openRequester({
      dataDir: flags.dataDir,
      network: flags.network,
      bootstrap: flags.bootstrap,
      listen: flags.listen,
      mdns: flags.mdns,
      verify: {
        share: flags.verify,
        models: flags.verifyModel?.map((model) => modelPathOf(model, flags.dataDir)),
        onNodes: flags.verifyNodes,
      },
      networkKeyFile: flags.networkKey,
      vault: host.vault,
      logger: logs.logger,
    })
    try {
      return await work(opened)
    } finally {
      await opened.close()
    }
  } finally {
    await logs.close()
  }
}
