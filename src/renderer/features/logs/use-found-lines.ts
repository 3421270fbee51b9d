import { useEffect, useMemo, useReducer, useState } from 'react'
import type { LogLineView } from '../../../protocol/views.ts'
import { LineFinder } from './line-finder.ts'
import type { ExpressionEngine, LogFilter } from './log-filter.ts'

/** Half of a frame, so that drawing has the other half. */
const SLICE_MS = 8

export interface FoundLines {
  readonly lines: readonly LogLineView[]
  /** Not all lines were looked at yet. */
  readonly isSearching: boolean
}

/** The lines that the filter lets through, as they are found. */
export function useFoundLines(lines: readonly LogLineView[], filter: LogFilter): FoundLines {
  const finder = useMemo(() => new LineFinder(filter), [filter])
  const [turn, goOn] = useReducer((before: number) => before + 1, 0)
  // While drawing: to look at the same lines again changes nothing, and what is there at once is drawn at once.
  finder.look(lines, SLICE_MS)
  const isSearching = !finder.isDone
  // biome-ignore lint/correctness/useExhaustiveDependencies: each turn that leaves something calls for the next one
  useEffect(() => {
    if (!isSearching) return
    const timer = setTimeout(goOn)
    return () => clearTimeout(timer)
  }, [isSearching, finder, turn])
  return { lines: finder.found, isSearching }
}

/** RE2, fetched when the first expression is written. Undefined until it is here. */
export function useExpressionEngine(isWanted: boolean): ExpressionEngine | undefined {
  const [engine, setEngine] = useState<ExpressionEngine>()
  useEffect(() => {
    if (!isWanted || engine !== undefined) return
    let isThere = true
    // It is a file of this program's: where it cannot be read, nothing else can.
    void import('re2js').then(({ RE2JS }) => isThere && setEngine(() => RE2JS))
    return () => {
      isThere = false
    }
  }, [isWanted, engine])
  return engine
}
