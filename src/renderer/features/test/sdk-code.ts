// No words: code.

import { runInputs, type TestDraft } from './test-draft.ts'

/** The task as a TypeScript program for the SDK. A workflow that is not JSON yet is no program either: undefined. */
export function sdkCode(draft: TestDraft): string | undefined {
  const [input] = runInputs(draft)
  const workflow = draft.kind === 'prompt' ? simple(draft, input?.maxTokens) : literal(draft.workflowJson)
  if (workflow === undefined || input === undefined) return undefined
  const sampling = [
    ...(input.temperature === undefined ? [] : [`temperature: ${input.temperature}`]),
    ...(input.seed === undefined ? [] : [`seed: ${input.seed}`]),
  ]
  const lines = [
    `import { Driad, ${draft.kind === 'prompt' ? 'Simple, ' : ''}Task } from 'driad'`,
    '',
    'const task = new Task({',
    `  workflow: ${workflow},`,
    `  models: [${JSON.stringify(draft.model)}],`,
    ...(input.input === undefined ? [] : [`  input: ${JSON.stringify(input.input)},`]),
    ...(sampling.length === 0 ? [] : [`  sampling: { ${sampling.join(', ')} },`]),
    '})',
    '',
    'await using driad = new Driad()',
    'const { result } = await driad.execute(task, { timeoutMs: 60_000 })',
    'console.log(result)',
    '',
  ]
  return lines.join('\n')
}

function simple({ prompt }: TestDraft, maxTokens: number | undefined): string {
  const limit = maxTokens === undefined ? '' : `, maxTokens: ${maxTokens}`
  return `Simple.workflow({ prompt: ${JSON.stringify(prompt)}${limit} })`
}

/**
 * JSON text as an object literal. Parsed and written anew: a key that stands there twice is fine in JSON and an error
 * in TypeScript, and `__proto__` as a plain key would set the prototype.
 */
function literal(json: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(json), null, 2)
      .replaceAll(/^( *)"__proto__":/gm, "$1['__proto__']:")
      .replaceAll(/^( *)"([A-Za-z_$][\w$]*)":/gm, '$1$2:')
      .replaceAll('\n', '\n  ')
  } catch {
    return undefined
  }
}
