import type { ChildLauncher } from '../../node/inference/contract.ts'
import { fixedDevices } from '../../node/inference/devices/fixed-devices.ts'
import { createInferenceSupervisor } from '../../node/inference/supervisor.ts'
import type { Logger } from '../../node/logs/contract.ts'
import { DriadError } from '../../protocol/errors.ts'

const NAME = 'self-test'
/** Loading a megabyte and writing a line takes a second or two; a busy computer may take its time. */
const TIMEOUT_MS = 120_000

export interface AnswerOnceInit {
  readonly launchInference: ChildLauncher
  readonly builtInModelPath: string
  readonly logger: Logger
}

/**
 * Has the built-in model answer a prompt in an inference process of its own, on the processor. Returns the text.
 * Throws what inference throws (`model_invalid`, `inference_crashed`), `output_invalid` for no text, `deadline_exceeded`.
 */
export async function answerOnce(init: AnswerOnceInit): Promise<string> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const engine = createInferenceSupervisor({
    launch: init.launchInference,
    logger: init.logger,
    devices: fixedDevices('cpu'),
  })
  try {
    await engine.load(
      { name: NAME, path: init.builtInModelPath, slots: 1, gpu: 'off', maxCrashes: 1 },
      { signal },
    )
    const { text } = await engine.generate(
      {
        model: NAME,
        messages: [{ role: 'user', content: 'Hey there!' }],
        maxTokens: 16,
        temperature: 0,
      },
      { signal },
    )
    if (text.trim() === '') throw new DriadError('output_invalid', 'The built-in model answers nothing')
    return text
  } catch (cause) {
    throw DriadError.from(cause)
  } finally {
    await engine.stop()
  }
}
