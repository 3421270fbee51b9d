import { type FunctionDefinition, toolNames } from '../tools.ts'
import { isObject } from './is-object.ts'
import { foundText, type IssueList, pathText } from './issue-list.ts'
import type { CustomTool } from './schema.ts'
import { readTaskSchema } from './task-schema.ts'

/** In the url, the headers and the body of a custom tool: where an argument goes. */
const ARGUMENT = /\{\{\s*([A-Za-z_][\w-]{0,63})\s*\}\}/g

/** v1 builders name functions in words, as "Search Tool". What could not stand in a model's call is refused. */
const functionName = /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}_ .:/()-]{0,63}$/u

/** Adds an issue for each custom tool that could not be called: names, parameters, addresses, methods. */
export function checkCustomTools(config: unknown, issues: IssueList): void {
  const tools = isObject(config) && Array.isArray(config.custom_tools) ? config.custom_tools : []
  const names = new Set<string>(toolNames)
  for (const [index, tool] of tools.entries()) {
    if (!isObject(tool)) continue
    const path = ['config', 'custom_tools', index]
    if (typeof tool.name === 'string') {
      if (!functionName.test(tool.name)) {
        issues.add(
          [...path, 'name'],
          'letters, digits, spaces and _ . : / ( ) -, at most 64 characters, a letter or digit first',
          foundText(tool.name),
        )
      } else if (names.has(tool.name)) {
        issues.add([...path, 'name'], 'a name that no other tool has', foundText(tool.name))
      }
      names.add(tool.name)
    }
    if (tool.parameters !== undefined && tool.parameters !== null) {
      checkParameters(tool.parameters, [...path, 'parameters'], issues)
    }
    const hasAddress = typeof tool.url === 'string' && tool.url !== ''
    if (tool.mode === 'http_request' || (tool.mode !== 'custom' && hasAddress))
      checkRequest(tool, path, issues)
  }
}

function checkParameters(given: unknown, path: (string | number)[], issues: IssueList): void {
  if (!isObject(given)) return
  if (given.type !== undefined && given.type !== 'object') {
    issues.add([...path, 'type'], '"object": arguments have names', foundText(given.type))
    return
  }
  for (const issue of readTaskSchema({ type: 'object', ...given }, pathText(path)).issues ?? [])
    issues.addIssue(issue)
}

function checkRequest(tool: Record<string, unknown>, path: (string | number)[], issues: IssueList): void {
  const url = typeof tool.url === 'string' ? tool.url.replaceAll(ARGUMENT, 'x') : ''
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 'https:' && parsed?.protocol !== 'http:') {
    issues.add([...path, 'url'], 'an address that begins with https:// or http://', foundText(tool.url))
  }
  const method = typeof tool.method === 'string' ? tool.method.toUpperCase() : 'GET'
  if (method !== 'GET' && method !== 'POST')
    issues.add([...path, 'method'], '"GET" or "POST"', foundText(tool.method))
}

/** A custom tool as a model is told of it. Arguments of a request are its placeholders, all of them texts. */
export function customToolDefinition(tool: CustomTool): FunctionDefinition {
  const { name, description } = tool
  if (tool.parameters !== undefined)
    return { name, description, parameters: { ...tool.parameters, type: 'object' } }
  const names = tool.mode === 'http_request' ? argumentsOf(tool) : []
  return {
    name,
    description,
    parameters: {
      type: 'object',
      properties: Object.fromEntries(names.map((argument) => [argument, { type: 'string' }])),
      required: names,
      additionalProperties: false,
    },
  }
}

function argumentsOf({ url, headers, body }: CustomTool): string[] {
  const texts = [url ?? '', ...Object.values(headers ?? {}), body === undefined ? '' : JSON.stringify(body)]
  return [...new Set(texts.flatMap((text) => [...text.matchAll(ARGUMENT)].map((match) => match[1] ?? '')))]
}
