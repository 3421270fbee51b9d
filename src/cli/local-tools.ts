import { InvalidArgumentError, Option } from 'commander'
import { openDataFolder } from '../node/data-folder.ts'
import type { IdentityVault } from '../node/identity/identity-file.ts'
import { loadOrCreateIdentity } from '../node/identity/load-identity.ts'
import type { Logger } from '../node/logs/contract.ts'
import { openSettings } from '../node/settings/settings.ts'
import { openStore } from '../node/store/open-store.ts'
import type { ToolBox } from '../node/tools/contract.ts'
import { GuardedHttp } from '../node/tools/guarded-http.ts'
import { openNodeTools } from '../node/tools/node-tools.ts'
import { createToolBox } from '../node/tools/tool-box.ts'
import { type SwitchableTool, switchableTools, type ToolName, toolNames } from '../protocol/tools.ts'

export const toolsOption = () =>
  new Option(
    '--tools <names>',
    'turn these tools on for this run: names separated by commas, or "all"; keys come from the data folder or from DRIAD_<TOOL>_KEY',
  ).argParser((text): readonly SwitchableTool[] =>
    text === 'all' ? switchableTools : text.split(',').map(toolNamed),
  )

/** Throws commander's error where there is no such tool. */
export function toolNamed(text: string): SwitchableTool {
  const name = switchableTools.find((tool) => tool === text.trim())
  if (name !== undefined) return name
  throw new InvalidArgumentError(`It must be one of ${switchableTools.join(', ')}.`)
}

interface StoredTools {
  readonly keys: ReadonlyMap<ToolName, string>
  readonly endpoints: Partial<Record<ToolName, string>>
}

export interface FolderOfTools {
  readonly dataDir: string | undefined
  readonly vault: IdentityVault | undefined
  readonly logger: Logger
}

/** The tools of one local run. The data folder is opened only where tools are asked for, and closed at once. */
export async function localTools(
  enabled: readonly SwitchableTool[],
  { dataDir, vault, logger }: FolderOfTools,
): Promise<ToolBox> {
  const stored = await storedTools({ dataDir, vault, logger })
  return createToolBox({
    http: new GuardedHttp(),
    logger: logger.scope('tools'),
    settings: {
      enabled: () => enabled,
      endpoint: (name) => stored.endpoints[name],
      key: (name) => process.env[`DRIAD_${name.toUpperCase()}_KEY`] ?? stored.keys.get(name),
    },
  })
}

async function storedTools(where: FolderOfTools): Promise<StoredTools> {
  return withNodeTools(where, async ({ keyOf, endpoints }) => ({
    endpoints,
    keys: new Map(
      toolNames.flatMap((name) => {
        const key = keyOf(name)
        return key === undefined ? [] : [[name, key] as const]
      }),
    ),
  }))
}

/** Opens what a data folder knows of tools, does something with it, and closes it. */
export async function withNodeTools<T>(
  { dataDir, vault, logger }: FolderOfTools,
  work: (
    tools: ReturnType<typeof openNodeTools> & { endpoints: Partial<Record<ToolName, string>> },
  ) => Promise<T>,
): Promise<T> {
  const folder = openDataFolder(dataDir)
  const identity = await loadOrCreateIdentity({ dir: folder.path, vault, logger })
  const store = openStore({ path: folder.databasePath, logger })
  try {
    const settings = openSettings({ store, logger })
    const tools = openNodeTools({ settings, store, identity, logger })
    return await work(Object.assign(tools, { endpoints: settings.get().toolEndpoints }))
  } finally {
    await store.close()
  }
}
