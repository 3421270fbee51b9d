import type { DriadErrorCode } from '../../protocol/errors.ts'
import type { ViewName } from '../app/routes.ts'

/** What an error means to an operator: beside the message, which says what happened. */
export interface ErrorWords {
  readonly title: string
  /** What it means for earning. */
  readonly meaning: string
  /** Where in the window it is mended, if it is. */
  readonly mend?: { readonly label: string; readonly view: ViewName }
}

const settings = { label: 'Open Settings', view: 'settings' } as const
const models = { label: 'Open Models', view: 'models' } as const
const logs = { label: 'Open Logs', view: 'logs' } as const

const words: Partial<Record<DriadErrorCode, ErrorWords>> = {
  bad_workflow: { title: 'The workflow is not valid', meaning: 'It was refused before any token was spent.' },
  bad_setting: { title: 'That setting is not valid', meaning: 'The old value stays in force.' },
  too_large: { title: 'Too large', meaning: 'It was refused before any work was done.' },
  model_unavailable: {
    title: 'No such model is ready',
    meaning: 'Tasks for this model go to other nodes until it is loaded.',
    mend: models,
  },
  no_capacity: { title: 'No room at the moment', meaning: 'Every slot was taken. Nothing was spent.' },
  no_node: {
    title: 'No node took the task',
    meaning: 'Nothing was spent. Another model, a higher price or more time may find one.',
  },
  price_too_high: { title: 'The price was too high', meaning: 'Nothing was spent.', mend: models },
  unpaid_limit: {
    title: 'The requester has unpaid work',
    meaning: 'Nodes serve a requester no further until it signs the receipts it owes.',
  },
  deadline_exceeded: { title: 'It ran past its deadline', meaning: 'Work that ends too late is not paid.' },
  max_time_exceeded: { title: 'The workflow ran too long', meaning: 'A failed task is not paid.' },
  max_steps_exceeded: { title: 'The workflow took too many steps', meaning: 'A failed task is not paid.' },
  context_exceeded: {
    title: 'The prompt is longer than the model’s context',
    meaning: 'A failed task is not paid. The requester’s prompt is at fault, not this computer.',
  },
  missing_input: {
    title: 'The workflow lacks an input',
    meaning: 'A failed task is not paid. The requester’s workflow is at fault, not this computer.',
  },
  check_failed: { title: 'The workflow’s own check failed', meaning: 'A failed task is not paid.' },
  cancelled: { title: 'Cancelled', meaning: 'Nothing is paid for it.' },
  inference_crashed: {
    title: 'The inference process crashed',
    meaning: 'It was started again and the task was tried once more. Tasks that crash twice are not paid.',
    mend: logs,
  },
  model_not_found: {
    title: 'The model file is gone',
    meaning: 'This model earns nothing until the file is back, or the model is removed.',
    mend: models,
  },
  model_invalid: {
    title: 'This is not a model that can be used',
    meaning: 'This model earns nothing. The others go on.',
    mend: models,
  },
  device_unavailable: {
    title: 'The GPU is missing',
    meaning: 'Models that belong on it earn nothing until it is back. It is looked for by itself.',
    mend: models,
  },
  out_of_memory: {
    title: 'Not enough memory',
    meaning: 'This model earns nothing until it fits: unload another, or take a smaller one.',
    mend: models,
  },
  download_failed: {
    title: 'The download did not work',
    meaning: 'What came so far is kept. The models that are here go on earning.',
  },
  download_refused: {
    title: 'The model is not given to just anybody',
    meaning: 'The models that are here go on earning.',
  },
  download_corrupt: {
    title: 'What came is not what was asked for',
    meaning: 'It was not taken. Trying again fetches the damaged part anew.',
  },
  disk_full: {
    title: 'The disk is full',
    meaning: 'Nothing more is written until there is room. The models that are here go on earning.',
  },
  data_folder_in_use: {
    title: 'Another Driad uses this data folder',
    meaning: 'Only one node can run on it. Quit the other one, then try again.',
  },
  port_in_use: {
    title: 'The port is taken',
    meaning:
      'You are not earning: other computers cannot reach this one. Choose another port, or quit the program that has it.',
    mend: settings,
  },
  store_corrupt: {
    title: 'The database is damaged',
    meaning: 'You are not earning. Nothing more is written until it is restored.',
    mend: logs,
  },
  ledger_invalid: {
    title: 'The ledger does not verify',
    meaning: 'An entry was changed after it was written. Earlier entries still count.',
    mend: { label: 'Open Earnings', view: 'earnings' },
  },
  identity_invalid: {
    title: 'The identity key cannot be read',
    meaning: 'You are not earning: this computer cannot prove who it is. The file was left as it is.',
    mend: logs,
  },
  network_unreachable: {
    title: 'The network cannot be reached',
    meaning:
      'You are not earning. It is tried again by itself; check the connection and the bootstrap addresses.',
    mend: settings,
  },
  stopping: { title: 'The node is stopping', meaning: 'It takes no new work.' },
  internal: { title: 'Something unexpected went wrong', meaning: 'The log has the details.', mend: logs },
}

/** Words for a code; for one that needs none of its own, `fallbackTitle` stands above the message. */
export function errorWords(
  code: DriadErrorCode | undefined,
  fallbackTitle = 'That did not work',
): ErrorWords {
  return (code === undefined ? undefined : words[code]) ?? { title: fallbackTitle, meaning: '' }
}
