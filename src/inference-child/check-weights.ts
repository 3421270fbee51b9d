import type { LlamaModel, Token } from 'node-llama-cpp'
import { DriadError } from '../protocol/errors.ts'
import type { Decoder } from './decoder/decoder.ts'
import { TokenSampler } from './decoder/token-sampler.ts'

/**
 * Has the model say one token. Weights that were damaged somewhere give logits that are no numbers, from which llama.cpp
 * still takes a token, always the same one: a node would be paid for nonsense. Leaves the first sequence empty.
 * Throws `model_invalid`.
 */
export async function checkWeights(
  model: LlamaModel,
  decoder: Decoder,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const [sequence] = decoder.sequences
  if (sequence === undefined) throw new DriadError('internal', 'The context has no sequence')
  const start: Token = model.tokens.bos ?? model.tokens.eos ?? (0 as Token)
  const sampler = new TokenSampler(model, { temperature: 0 }, 0)
  let logProbability: number | undefined
  try {
    await decoder.generate(sequence, [start], sampler, {
      take: ({ chance }) => {
        signal?.throwIfAborted()
        logProbability = chance?.logProbability
        return false
      },
      isLast: () => true,
    })
  } finally {
    sampler.dispose()
    await decoder.keep(sequence, [])
  }
  if (Number.isFinite(logProbability)) return
  throw new DriadError(
    'model_invalid',
    `${path}: its weights are damaged, as what is computed from them is no number; download it again`,
  )
}
