import type { Command } from 'commander'
import type { LogLevel } from '../node/logs/contract.ts'
import { createLogger } from '../node/logs/create-logger.ts'
import { type OpenedRequester, openRequester } from '../node/requester/open-requester.ts'
import {
  bootstrapOption,
  dataDirOption,
  listenOption,
  networkKeyOption,
  networkOption,
  noMdnsOption,
} from './options.ts'

/** Flags of every command that asks the network for something. */
export interface RequesterFlags {
  readonly dataDir?: string
  readonly network?: string
  readonly bootstrap?: string[]
  readonly listen?: string[]
  readonly mdns: boolean
  readonly networkKey?: string
  readonly logLevel?: LogLevel
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

/** Opens a requester, does something with it, and closes it, whatever happened. Its log goes to stderr. */
export async function withRequester<T>(
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
      networkKeyFile: flags.networkKey,
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
