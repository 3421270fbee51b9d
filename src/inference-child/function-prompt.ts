import {
  type ChatHistoryItem,
  type ChatModelFunctions,
  ChatWrapper,
  type ChatWrapperGeneratedContextState,
  LlamaText,
  type LlamaText as LlamaTextType,
} from 'node-llama-cpp'
import type { ChatMessage } from '../node/inference/contract.ts'
import type { FunctionDefinition } from '../protocol/tools.ts'

/** Stands where arguments go; no model's format has it. */
const MARK = '\u0001arguments\u0001'

/** How a model writes calls: the words of its own template where node-llama-cpp knows them, else generic ones. */
export interface CallFormat {
  /** What every call begins with, up to the function's name. */
  readonly start: LlamaTextType
  /** The whole beginning of a call of one function, up to its arguments as JSON. */
  head(name: string): LlamaTextType
}

export function callFormatOf(wrapper: ChatWrapper): CallFormat {
  const head = (name: string) => before(wrapper.generateFunctionCall(name, MARK), JSON.stringify(MARK))
  // No function has this name, so what stands before it is the same for all.
  const unnamed = '\u0001name\u0001'
  return { start: before(head(unnamed), unnamed), head }
}

/** For models without a chat template: the generic words of node-llama-cpp. */
export class PlainWrapper extends ChatWrapper {
  readonly wrapperName = 'Plain'

  override generateContextState(): ChatWrapperGeneratedContextState {
    return { contextText: LlamaText(''), stopGenerationTriggers: [] }
  }
}

/** Definitions as node-llama-cpp takes them, for the system message or the template's own tools. */
export function availableFunctions(definitions: readonly FunctionDefinition[]): ChatModelFunctions {
  return Object.fromEntries(
    definitions.map(({ name, description, parameters }) => [
      name,
      { description, params: parameters as never },
    ]),
  )
}

/** Messages as a chat history; calls made before belong to the model's answer under way. */
export function chatHistoryOf(messages: readonly ChatMessage[]): ChatHistoryItem[] {
  const history: ChatHistoryItem[] = []
  for (const message of messages) {
    if (message.role === 'call') {
      const { call, answer } = message
      const last = history.at(-1)
      const item = {
        type: 'functionCall' as const,
        name: call.name,
        params: call.arguments,
        result: answer,
      }
      if (last?.type === 'model') history.splice(-1, 1, { type: 'model', response: [...last.response, item] })
      else history.push({ type: 'model', response: [item] })
    } else if (message.role === 'assistant') history.push({ type: 'model', response: [message.content] })
    else history.push({ type: message.role, text: message.content })
  }
  return history
}

/** The part of a text before the first place where a string has `mark`. */
function before(text: LlamaTextType, mark: string): LlamaTextType {
  const values: (typeof text.values)[number][] = []
  for (const value of text.values) {
    const at = typeof value === 'string' ? value.indexOf(mark) : -1
    if (typeof value === 'string' && at >= 0) {
      values.push(value.slice(0, at))
      break
    }
    values.push(value)
  }
  return LlamaText(values)
}
