import type { Workflow } from '../../protocol/workflow/schema.ts'
import type { Identity } from '../identity/contract.ts'
import type { Logger } from '../logs/contract.ts'
import type { Reputation } from '../reputation/reputation.ts'
import type { Requester } from '../requester/contract.ts'
import type { RequestStore } from '../requester/request-store.ts'
import { CheckDraw } from './check-draw.ts'
import { checkSecret } from './check-secret.ts'
import type { Checker } from './contract.ts'
import { EvidenceBook } from './evidence-book.ts'
import { SecondNodeChecker } from './second-node.ts'
import { Verifier, type VerifierLimits } from './verifier.ts'

export interface VerificationInit {
  /** Share of results that are checked, of nodes that are neither new nor trusted: 0 to 1. */
  readonly rate: number
  /** Of the draw; one that follows from the identity where absent. */
  readonly secret?: Uint8Array
  /** Checks on models of the requester's own, where they have the weights. */
  readonly own?: Checker | undefined
  /** Has other nodes look at what cannot be checked here; they are paid for that. */
  readonly onNodes?: boolean
  readonly limits?: Partial<VerifierLimits>
}

export interface VerificationComponents {
  readonly requests: RequestStore
  readonly reputation: Reputation
  readonly identity: Identity
  /** Publishes the checks that other nodes make. */
  readonly requester: () => Pick<Requester, 'publish' | 'wait' | 'cancel'>
  readonly parseWorkflow: (json: string) => Workflow
  readonly logger: Logger
}

/** Checks as they are asked for, with the ways that there are of checking. */
export function createVerifier(
  { requests, reputation, identity, requester, parseWorkflow, logger }: VerificationComponents,
  { rate, secret = checkSecret(identity), own, onNodes = false, limits }: VerificationInit,
): Verifier {
  const standing = (node: string) => reputation.standing(node)
  return new Verifier(
    {
      requests,
      reputation,
      draw: new CheckDraw({ rate, secret }),
      evidence: new EvidenceBook(requests),
      checkers: [
        ...(own === undefined ? [] : [own]),
        ...(onNodes ? [new SecondNodeChecker({ requester, requests, standing, parseWorkflow })] : []),
      ],
      logger,
    },
    limits,
  )
}
