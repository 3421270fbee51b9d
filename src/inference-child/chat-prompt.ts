import {
  type ChatHistoryItem,
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

/** What the model is given, and what ends its answer besides its own end tokens. */
export interface Prompt {
  readonly tokens: readonly Token[]
  readonly stopTokens: ReadonlySet<Token>
  readonly stopTexts: readonly string[]
}

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
      ? this.#completion(messages.at(-1)?.content ?? '')
      : this.#chat(this.#wrapper, messages)
  }

  #completion(text: string): Prompt {
    const { bos, shouldPrependBosToken } = this.#model.tokens
    const start = bos !== null && (shouldPrependBosToken || text === '') ? [bos] : []
    const tokens = [...start, ...this.#model.tokenize(text)]
    if (tokens.length > 0) return { tokens, stopTokens: new Set(), stopTexts: [] }
    throw new DriadError('bad_workflow', 'This base model has no start token, so its prompt cannot be empty')
  }

  #chat(wrapper: ChatWrapper, messages: readonly ChatMessage[]): Prompt {
    const chatHistory: ChatHistoryItem[] = messages.map(({ role, content }) =>
      role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content },
    )
    // An answer that was begun is continued; else the model is given the floor.
    if (messages.at(-1)?.role !== 'assistant') chatHistory.push({ type: 'model', response: [] })
    try {
      const { contextText, stopGenerationTriggers } = wrapper.generateContextState({ chatHistory })
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
