import { text as readText } from 'node:stream/consumers'
import { Argument, type Command } from 'commander'
import { createLogger } from '../../node/logs/create-logger.ts'
import type { NodeTools } from '../../node/tools/node-tools.ts'
import { DriadError } from '../../protocol/errors.ts'
import type { SwitchableTool } from '../../protocol/tools.ts'
import type { ToolView } from '../../protocol/views.ts'
import { toolNamed, withNodeTools } from '../local-tools.ts'
import { dataDirOption } from '../options.ts'
import type { CommandContext } from '../program.ts'

interface ToolFlags {
  readonly dataDir?: string
  readonly json?: boolean
}

const TRY_MS = 30_000
const toolArgument = () => new Argument('<tool>').argParser(toolNamed)

export function addToolsCommands(program: Command, context: CommandContext): void {
  const tools = program
    .command('tools')
    .description('what workflows may use of this computer’s way to the internet (all off at first)')

  const inFolder = async <T>(flags: ToolFlags, work: (nodeTools: NodeTools) => Promise<T>): Promise<T> => {
    const logs = createLogger({ level: 'warn', destinations: { stderr: 'pretty' } })
    try {
      return await withNodeTools(
        { dataDir: flags.dataDir, vault: context.host.vault, logger: logs.logger },
        work,
      )
    } finally {
      await logs.close()
    }
  }
  const change = async (flags: ToolFlags, work: (nodeTools: NodeTools) => Promise<void>, said: string) => {
    const listed = await inFolder(flags, async (nodeTools) => {
      await work(nodeTools)
      return nodeTools.list()
    })
    context.output(flags).result({ tools: listed }, said)
  }

  tools
    .command('list')
    .description('list the tools, and whether workflows may use them')
    .addOption(dataDirOption())
    .action(async (flags: ToolFlags) => {
      const listed = await inFolder(flags, async (nodeTools) => nodeTools.list())
      context.output(flags).result({ tools: listed }, listed.map(toolText).join('\n'))
    })
  for (const enabled of [true, false]) {
    tools
      .command(enabled ? 'on' : 'off')
      .description(`let workflows use a tool ${enabled ? '' : 'no more '}from the next start of the node`)
      .addArgument(toolArgument())
      .addOption(dataDirOption())
      .action((name: SwitchableTool, flags: ToolFlags) =>
        change(
          flags,
          (nodeTools) => nodeTools.set(name, { enabled }),
          `${name} is ${enabled ? 'on' : 'off'} from the next start of the node`,
        ),
      )
  }
  tools
    .command('key')
    .description(
      'store the key of a tool’s service, read from standard input; sealed with this folder’s identity',
    )
    .addArgument(toolArgument())
    .option('--remove', 'forget it')
    .addOption(dataDirOption())
    .action(async (name: SwitchableTool, flags: ToolFlags & { remove?: boolean }) => {
      // Not as an argument: others on this computer could read it there.
      const key = flags.remove === true ? null : (await readText(process.stdin)).trim()
      if (key === '') throw new DriadError('bad_usage', 'There is no key on standard input')
      await change(
        flags,
        (nodeTools) => nodeTools.setKey(name, key),
        `The key of ${name} is ${key === null ? 'forgotten' : 'stored'}`,
      )
    })
  tools
    .command('endpoint')
    .description('use a service of your own for a tool; it may be on this computer')
    .addArgument(toolArgument())
    .argument('[url]', 'its address; the usual one where absent')
    .addOption(dataDirOption())
    .action((name: SwitchableTool, url: string | undefined, flags: ToolFlags) =>
      change(
        flags,
        (nodeTools) => nodeTools.set(name, { endpoint: url ?? null }),
        `${name} uses ${url ?? 'its usual service'} from the next start of the node`,
      ),
    )
  tools
    .command('try')
    .description('use a tool once, and show the beginning of its answer')
    .addArgument(toolArgument())
    .addOption(dataDirOption())
    .action(async (name: SwitchableTool, flags: ToolFlags) => {
      const answer = await inFolder(flags, (nodeTools) =>
        nodeTools.try(name, { signal: AbortSignal.timeout(TRY_MS) }),
      )
      context.output(flags).result({ name, answer }, answer)
    })
}

function toolText({ name, enabled, key, hasKey, available, endpoint }: ToolView): string {
  const state = !enabled ? 'off' : available ? 'on' : 'on, but it lacks its key'
  const keyText =
    key === 'none' ? '' : hasKey ? ', key stored' : `, key ${key === 'required' ? 'needed' : 'optional'}`
  return `${name.padEnd(13)} ${state}${keyText}${endpoint === undefined ? '' : `, at ${endpoint}`}`
}
