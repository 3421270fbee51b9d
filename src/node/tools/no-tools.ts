import { DriadError } from '../../protocol/errors.ts'
import type { ToolBox } from './contract.ts'

/** Every tool is off: what a node has until its operator turns one on. */
export const noTools: ToolBox = {
  available: () => new Set(),
  open: () => ({ call: off, request: off, search: off }),
}

async function off(): Promise<never> {
  throw new DriadError('tool_unavailable', 'Tools are turned off on this node')
}
