import { DriadError } from '../errors.ts'
import { MODELS_PER_OFFER } from '../wire/limits.ts'
import { canonicalName, type FoundVariant } from './find-variant.ts'
import { groupOf, isGroupName, type ModelGroup } from './groups.ts'
import { isWildcard, matchesWildcard } from './model-pattern.ts'
import type { Catalogue, CatalogueModel } from './schema.ts'

export interface ResolveOptions {
  /** Whether somebody in reach is known to serve it: such models come first where not all can be asked. */
  readonly isServed?: (name: string) => boolean
  /** Names at most. */
  readonly limit?: number
}

export interface ResolvedModels {
  /** Canonical names, and those that the catalogue does not know as they were written. None twice. */
  readonly names: readonly string[]
  /** How many there would be without the limit. */
  readonly matched: number
}

/** Whether a set means more than the models that it names. */
export function hasPatterns(patterns: readonly string[]): boolean {
  return patterns.some((pattern) => isGroupName(pattern) || isWildcard(pattern))
}

export function inGroup(model: CatalogueModel, group: ModelGroup): boolean {
  return model.kind === group || model.groups.includes(group)
}

/**
 * What a task's set of models means: names and aliases stand for one model each and are always in; groups and wildcards
 * stand for all that the catalogue has of them. Where that is more than an offer can hold, those that are served come first,
 * then the best of each size, so that every kind of computer may have one.
 *
 * Throws `bad_offer` for a group or wildcard that nothing is of, with `models[i]` as its path.
 */
export function resolveModels(
  catalogue: Catalogue,
  patterns: readonly string[],
  { isServed = () => false, limit = MODELS_PER_OFFER }: ResolveOptions = {},
): ResolvedModels {
  const named = new Set<string>()
  const found = new Map<string, FoundVariant>()
  for (const [index, pattern] of patterns.entries()) {
    if (!isGroupName(pattern) && !isWildcard(pattern)) {
      named.add(canonicalName(catalogue, pattern))
      continue
    }
    const members = membersOf(catalogue, pattern)
    if (members.length === 0) throw nothingMatches(pattern, index)
    for (const member of members) found.set(member.variant.name, member)
  }
  const others = [...found.values()].filter(({ variant }) => !named.has(variant.name))
  const matched = named.size + others.length
  const inOrder = matched <= limit ? byRank(others) : servedFirst(spread(others), isServed)
  const names = [...named, ...inOrder.map(({ variant }) => variant.name)].slice(
    0,
    Math.max(limit, named.size),
  )
  return { names, matched }
}

function membersOf(catalogue: Catalogue, pattern: string): FoundVariant[] {
  const group = groupOf(pattern)
  return catalogue.models.flatMap((model) =>
    model.variants
      .filter(({ name, aliases }) =>
        isGroupName(pattern)
          ? group !== undefined && inGroup(model, group)
          : [name, ...aliases].some((text) => matchesWildcard(pattern, text)),
      )
      .map((variant) => ({ model, variant })),
  )
}

function nothingMatches(pattern: string, index: number): DriadError {
  const expected = isGroupName(pattern)
    ? 'a group that models of the catalogue are in'
    : 'a wildcard that matches names of the catalogue'
  return new DriadError(
    'bad_offer',
    `The task cannot be offered (models[${index}]: no model of the catalogue is meant by ${pattern})`,
    { issues: [{ path: `models[${index}]`, expected, found: pattern }] },
  )
}

function byRank(variants: readonly FoundVariant[]): FoundVariant[] {
  return variants.toSorted((a, b) => b.model.quality.rank - a.model.quality.rank)
}

function servedFirst(variants: readonly FoundVariant[], isServed: (name: string) => boolean): FoundVariant[] {
  const served = variants.filter(({ variant }) => isServed(variant.name))
  return [...served, ...variants.filter((one) => !served.includes(one))]
}

/**
 * Each model's first variant before any second one; of those, the best of every size (doubling from one to the next) before
 * any second best.
 */
function spread(variants: readonly FoundVariant[]): FoundVariant[] {
  const seenOfModel = new Map<string, number>()
  const seenOfSize = new Map<string, number>()
  const next = (counts: Map<string, number>, key: string) => {
    const before = counts.get(key) ?? 0
    counts.set(key, before + 1)
    return before
  }
  return byRank(variants)
    .map((one) => {
      const variantTurn = next(seenOfModel, one.model.id)
      const size = Math.floor(Math.log2(one.model.parameterCount))
      return { one, variantTurn, sizeTurn: next(seenOfSize, `${variantTurn} ${size}`) }
    })
    .sort((a, b) => a.variantTurn - b.variantTurn || a.sizeTurn - b.sizeTurn)
    .map(({ one }) => one)
}
