import {
  IconArrowsShuffle,
  IconBraces,
  IconEqual,
  IconFlag,
  IconHelp,
  IconSearch,
  IconSparkles,
  IconTool,
  type TablerIcon,
} from '@tabler/icons-react'
import type { WorkflowOperator } from '../../../protocol/workflow/schema.ts'

const icons: Readonly<Record<WorkflowOperator, TablerIcon>> = {
  generation: IconSparkles,
  function_calling: IconTool,
  function_calling_raw: IconBraces,
  search: IconSearch,
  sample: IconArrowsShuffle,
  check: IconEqual,
  end: IconFlag,
}

/** The sign of what a task does; its word stands beside it or is its title. */
export function OperatorIcon({
  operator,
  size = 15,
}: {
  readonly operator: WorkflowOperator | undefined
  readonly size?: number
}) {
  const Icon = operator === undefined ? IconHelp : icons[operator]
  return <Icon aria-hidden size={size} stroke={1.8} />
}
