import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import { openDataFolder } from '../../../node/data-folder.ts'
import { loadOrCreateIdentity } from '../../../node/identity/load-identity.ts'
import { openLedger } from '../../../node/ledger/open-ledger.ts'
import type { LogLevel } from '../../../node/logs/contract.ts'
import { createLogger } from '../../../node/logs/create-logger.ts'
import { openStore } from '../../../node/store/open-store.ts'
import { claimCredits } from '../../../node/tasks/claim-credits.ts'
import { TaskStore } from '../../../node/tasks/task-store.ts'
import { creditsText } from '../../../protocol/credits-text.ts'
import { dataDirOption, timeoutOption } from '../../options.ts'
import { exitCodes } from '../../output.ts'
import type { CommandContext } from '../../program.ts'
import { addRequesterOptions, type RequesterFlags, withRequester } from '../../requester-process.ts'
import { withLines } from './text-files.ts'
import type { LedgerFlags } from './with-ledger.ts'

const LOOK_MS = 100

/** Receipts that were signed and did not arrive: from the requester's side, and from the node's. */
export function addReceiptCommands(ledger: Command, context: CommandContext): void {
  addRequesterOptions(
    ledger.command('deliver').description('bring receipts to the nodes that have not acknowledged them yet'),
  )
    .addOption(timeoutOption())
    .action((flags: RequesterFlags & { json?: boolean; timeoutMs: number }) =>
      withRequester(context, flags, async ({ requester }) => {
        const deadline = performance.now() + flags.timeoutMs
        const before = requester.undelivered()
        while (requester.undelivered() > 0 && performance.now() < deadline) await sleep(LOOK_MS)
        const left = requester.undelivered()
        const text = `${before - left} receipts were delivered, ${left} were not`
        context.output(flags).result({ delivered: before - left, left }, text)
        if (left > 0) context.exitWith(exitCodes.failed)
      }),
    )

  ledger
    .command('claim')
    .description("take the receipts for this node out of a requester's bundle, for those that never arrived")
    .argument('<bundle>', 'what the requester exported with driad ledger export --format bundle')
    .addOption(dataDirOption())
    .action(async (path: string, flags: LedgerFlags & { logLevel?: LogLevel }) => {
      const folder = openDataFolder(flags.dataDir)
      const identity = await loadOrCreateIdentity({ dir: folder.path, vault: context.host.vault })
      const logs = createLogger({ level: flags.logLevel ?? 'warn', destinations: { stderr: 'pretty' } })
      const { logger } = logs
      const store = openStore({ path: folder.databasePath })
      const { publicKey } = identity
      const book = openLedger({ store, anchorPath: folder.ledgerAnchorPath, publicKey, logger })
      try {
        const components = { tasks: new TaskStore(store), ledger: book, identity, logger }
        const claimed = await withLines(path, (lines) => claimCredits(lines, components))
        const refused = claimed.refused.map(({ taskId, reason }) => `\n  ${taskId}: ${reason}`).join('')
        const text = `${claimed.taken} receipts for ${creditsText(claimed.amountMicro)} credits were taken, ${claimed.known} were known, ${claimed.refused.length} were not taken${refused}`
        context.output(flags).result(claimed, text)
      } finally {
        await book.close()
        await store.close()
        await logs.close()
      }
    })
}
