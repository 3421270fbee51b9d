import type { FunctionChoice, GenerateResult } from '../node/inference/contract.ts'
import { DriadError } from '../protocol/errors.ts'
import { literalsGrammar } from '../protocol/json-schema/literal-grammar.ts'
import { schemaToGrammar } from '../protocol/json-schema/schema-grammar.ts'
import type { FunctionCall, FunctionDefinition } from '../protocol/tools.ts'
import type { FunctionPrompt } from './chat-prompt.ts'
import type { GenerationEnd } from './generation.ts'

/** One of the generations that a call is made of. */
export type Generate = (
  prompt: FunctionPrompt['free'] | FunctionPrompt['name'],
  options: { readonly maxTokens: number; readonly grammar?: string; readonly streamed: boolean },
) => Promise<GenerationEnd>

/**
 * Has a model call a function, or, where it may, answer with a text. A call is made in the model's own words: they are put
 * in its mouth up to the name, which a grammar keeps to those there are, and then the arguments, which a grammar keeps to
 * the function's schema. So the smallest model makes a well-formed call.
 *
 * Throws `context_exceeded` where the arguments do not come to an end within `maxTokens`.
 */
export async function callFunction(
  prompt: FunctionPrompt,
  { definitions, choice }: FunctionChoice,
  maxTokens: number,
  generate: Generate,
): Promise<GenerateResult> {
  const used = new Usage()
  if (choice === 'auto') {
    const { callBegan, ...answer } = await generate(prompt.free, { maxTokens, streamed: true })
    if (!callBegan) return answer
    used.add(answer)
  }
  const left = () => {
    const tokens = maxTokens - used.completionTokens
    if (tokens > 0) return tokens
    throw new DriadError(
      'context_exceeded',
      `The call was not complete after ${maxTokens} tokens; allow more`,
    )
  }
  const name = await nameOf(definitions, async (grammar) => {
    const answer = await generate(prompt.name, { maxTokens: left(), grammar, streamed: false })
    used.add(answer)
    return answer.text
  })
  const { parameters } = definitions.find((definition) => definition.name === name) as FunctionDefinition
  const answer = await generate(prompt.argumentsOf(name), {
    maxTokens: left(),
    grammar: argumentsGrammar(name, parameters),
    streamed: false,
  })
  used.add(answer)
  const call: FunctionCall = { name, arguments: JSON.parse(answer.text) as FunctionCall['arguments'] }
  return used.result(call)
}

/** The grammar of a function's arguments. Throws `bad_workflow` with what cannot be guaranteed. */
export function argumentsGrammar(name: string, parameters: FunctionDefinition['parameters']): string {
  // Arguments that nobody described are of no use, and a small model left free there may never come to an end.
  const { properties = {}, additionalProperties = false } = parameters
  const schema = { ...parameters, type: 'object', properties, additionalProperties }
  return schemaToGrammar(schema, `the parameters of ${name}`)
}

async function nameOf(
  definitions: readonly FunctionDefinition[],
  ask: (grammar: string) => Promise<string>,
): Promise<string> {
  const names = definitions.map((definition) => definition.name)
  const [only, ...others] = names
  if (only === undefined) throw new DriadError('bad_workflow', 'There is no function to call')
  if (others.length === 0) return only
  const answer = await ask(`root ::= ${literalsGrammar(names)}`)
  // Cut off by the limit of tokens, it may be the beginning of several.
  if (names.includes(answer)) return answer
  throw new DriadError('context_exceeded', 'The name of the function was not complete; allow more tokens')
}

/** Sums up the generations of one call: what was read once is counted once. */
class Usage {
  completionTokens = 0
  #promptTokens: number | undefined
  #firstTokenMs: number | undefined
  #totalMs = 0

  add({ promptTokens, completionTokens, firstTokenMs, totalMs }: GenerateResult): void {
    this.#promptTokens ??= promptTokens
    this.completionTokens += completionTokens
    this.#firstTokenMs ??= firstTokenMs
    this.#totalMs = totalMs
  }

  result(call: FunctionCall): GenerateResult {
    return {
      text: '',
      call,
      promptTokens: this.#promptTokens ?? 0,
      completionTokens: this.completionTokens,
      stopReason: 'stop',
      ...(this.#firstTokenMs !== undefined && { firstTokenMs: this.#firstTokenMs }),
      totalMs: this.#totalMs,
    }
  }
}
