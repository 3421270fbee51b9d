import { runInferenceChild } from './run-child.ts'

await runInferenceChild()
