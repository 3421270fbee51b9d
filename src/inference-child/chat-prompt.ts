import {
  type ChatWrapper,
  isLlamaText,
  JinjaTemplateChatWrapper,
  type LlamaModel,
  type LlamaText,
  resolveChatWrapper,
  SpecialTokensText,
  type Token,
} from 'node-llama-cpp'
import type { ChatMessage } from '../node/inference/contract.ts'
import { DriadError } from '../protocol/errors.ts'
import type { FunctionDefinition } from '../protocol/tools.ts'
import {
  availableFunctions,
  type CallFormat,
  callFormatOf,
  chatHistoryOf,
  PlainWrapper,
} from './function-prompt.ts'

/** What the model is given, and what ends its answer besides its own end tokens. */
export interface Prompt {
  readonly tokens: readonly Token[]
  readonly stopTokens: ReadonlySet<Token>
  readonly stopTexts: readonly string[]
}

/** A prompt with functions, and the ways on from it. */
export interface FunctionPrompt {
  /** For a free answer. It ends where a call begins; `callTokens` and `callTexts` are among its stops. */
  readonly free: Prompt & { readonly callTokens: ReadonlySet<Token>; readonly callTexts: readonly string[] }
  /** A call has begun; the function's name comes next. */
  readonly name: Prompt
  /** The function's name is written; its arguments come next, as JSON. */
  argumentsOf(name: string): Prompt
}

/** What a model is told of a function. */
type FunctionDetail = 'all' | 'no parameters' | 'names'

/** Builds a model's prompts: through its own chat template, or, for a base model, as plain text. */
export class PromptBuilder {
  readonly #model: LlamaModel
  readonly #wrapper: ChatWrapper | undefined

  constructor(model: LlamaModel, init: { chat: boolean }) {
    this.#model = model
    this.#wrapper = init.chat ? chatWrapperOf(model) : undefined
  }

  /** Throws `bad_workflow` if the template refuses the messages. */
  build(messages: readonly ChatMessage[]): Prompt {
    return this.#wrapper === undefined
      ? this.#completion(plainText(messages))
      : this.#chat(this.#wrapper, messages)
  }

  /**
   * Tells the model as much of its functions as fits into `roomTokens`: grammars keep its calls well-formed all the same.
   * Throws `bad_workflow` if the template refuses the messages or the functions.
   */
  buildWithFunctions(
    messages: readonly ChatMessage[],
    definitions: readonly FunctionDefinition[],
    { roomTokens }: { readonly roomTokens: number },
  ): FunctionPrompt {
    const wrapper = this.#wrapper
    const format = callFormatOf(wrapper ?? new PlainWrapper())
    const told = (detail: FunctionDetail) =>
      wrapper === undefined
        ? this.#completion(plainText(messages, inDetail(definitions, detail), format))
        : this.#chat(wrapper, messages, inDetail(definitions, detail), detail)
    let prompt = told('all')
    for (const detail of ['no parameters', 'names'] as const) {
      if (prompt.tokens.length <= roomTokens) break
      prompt = told(detail)
    }
    const call = this.#stops([format.start])
    const none = textOf(format.start).trim() === '' && call.stopTokens.size === 0
    const after = (text: LlamaText): Prompt => ({
      tokens: [...prompt.tokens, ...text.tokenize(this.#model.tokenizer)],
      stopTokens: prompt.stopTokens,
      stopTexts: [],
    })
    return {
      free: {
        tokens: prompt.tokens,
        stopTokens: new Set([...prompt.stopTokens, ...(none ? [] : call.stopTokens)]),
        stopTexts: [...prompt.stopTexts, ...(none ? [] : call.stopTexts)],
        callTokens: none ? new Set() : call.stopTokens,
        callTexts: none ? [] : call.stopTexts,
      },
      name: after(format.start),
      argumentsOf: (name) => after(format.head(name)),
    }
  }

  #completion(text: string): Prompt {
    const { bos, shouldPrependBosToken } = this.#model.tokens
    const start = bos !== null && (shouldPrependBosToken || text === '') ? [bos] : []
    const tokens = [...start, ...this.#model.tokenize(text)]
    if (tokens.length > 0) return { tokens, stopTokens: new Set(), stopTexts: [] }
    throw new DriadError('bad_workflow', 'This base model has no start token, so its prompt cannot be empty')
  }

  #chat(
    wrapper: ChatWrapper,
    messages: readonly ChatMessage[],
    definitions: readonly FunctionDefinition[] = [],
    detail: FunctionDetail = 'all',
  ): Prompt {
    const chatHistory = chatHistoryOf(messages)
    // An answer that was begun is continued; else the model is given the floor.
    if (chatHistory.at(-1)?.type !== 'model') chatHistory.push({ type: 'model', response: [] })
    try {
      const { contextText, stopGenerationTriggers } = wrapper.generateContextState({
        chatHistory,
        ...(definitions.length > 0 && {
          availableFunctions: availableFunctions(definitions),
          documentFunctionParams: detail === 'all',
        }),
      })
      const tokens = contextText.tokenize(this.#model.tokenizer)
      const { bos, shouldPrependBosToken } = this.#model.tokens
      // Templates may leave out the start token, as llama.cpp adds it where the model wants one.
      if (bos !== null && shouldPrependBosToken && tokens[0] !== bos) tokens.unshift(bos)
      return { tokens, ...this.#stops(stopGenerationTriggers) }
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DriadError('bad_workflow', `The model's chat template refuses these messages: ${reason}`, {
        cause,
      })
    }
  }

  #stops(triggers: readonly LlamaText[]): Pick<Prompt, 'stopTokens' | 'stopTexts'> {
    const stopTokens = new Set<Token>()
    const stopTexts = new Set<string>()
    for (const trigger of triggers) {
      const [first] = trigger.tokenize(this.#model.tokenizer)
      // Special tokens write no text, so what begins with one is noticed by that.
      if (first !== undefined && this.#model.isSpecialToken(first)) stopTokens.add(first)
      else stopTexts.add(textOf(trigger))
    }
    return { stopTokens, stopTexts: [...stopTexts] }
  }
}

function inDetail(definitions: readonly FunctionDefinition[], detail: FunctionDetail): FunctionDefinition[] {
  return definitions.map(({ name, description, parameters }) => ({
    name,
    description: detail === 'names' ? '' : description,
    parameters: detail === 'all' ? parameters : {},
  }))
}

/** What a model without a template completes: the last message, and what it called since. */
function plainText(
  messages: readonly ChatMessage[],
  definitions: readonly FunctionDefinition[] = [],
  format?: CallFormat,
): string {
  const last = messages.findLast((message) => message.role !== 'call')
  const listed = definitions.map(
    ({ name, description, parameters }) => `${name}: ${description} ${JSON.stringify(parameters)}\n`,
  )
  const calls = messages.map((message) =>
    message.role === 'call' && format !== undefined
      ? `\n${textOf(format.head(message.call.name))}${JSON.stringify(message.call.arguments)}\n${message.answer}\n`
      : '',
  )
  return `${listed.join('')}${last?.content ?? ''}${calls.join('')}`
}

/**
 * The model's own template as it is. Where it does not work, node-llama-cpp's choice among its templates, which is
 * made by rendering all of them and takes half a second.
 */
function chatWrapperOf(model: LlamaModel): ChatWrapper {
  const template = model.fileInfo.metadata?.tokenizer?.chat_template
  try {
    if (template !== undefined) {
      const wrapper = new JinjaTemplateChatWrapper({ template, tokenizer: model.tokenizer })
      wrapper.generateContextState({
        chatHistory: [
          { type: 'user', text: 'Hi' },
          { type: 'model', response: [] },
        ],
      })
      return wrapper
    }
  } catch {
    // Not every template keeps to what is known of Jinja.
  }
  return resolveChatWrapper(model, { warningLogs: false })
}

function textOf(text: LlamaText): string {
  if (!isLlamaText(text)) return String(text)
  return text.values
    .map((value) =>
      typeof value === 'string' ? value : value instanceof SpecialTokensText ? value.value : '',
    )
    .join('')
}

/** Names of base-model variants, as in `llama3.1:8b-text-q4_K_M`, whose files may have a chat template all the same. */
export function isTextVariant(name: string): boolean {
  return /[:-]text(-|$)/.test(name)
}
