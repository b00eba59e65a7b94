/**
 * The witness decides who goes on (R5): a test-and-set on the machine's term. It is a small machine
 * of its own; where its state lives (a file behind a Web Lock, a server) is the host's business, but an
 * answer may only leave when the new state is durable.
 */
import { CLAIM_RETRY_MS } from './limits.ts';

export interface Witness {
  readonly term: number;
  /** The node that won this term; empty before the first. */
  readonly holder: string;
}

export interface Claim {
  /** The term that the claimant lives in. */
  readonly expected: number;
  readonly claimant: string;
}

export interface Verdict {
  readonly expected: number;
  readonly granted: boolean;
  readonly term: number;
  readonly holder: string;
}

export const newWitness = (): Witness => ({ term: 0, holder: '' });

/**
 * Grants `expected + 1` to the first who asks. A winner who asks again (its answer was lost) is
 * told again that it won. Node names are made anew for each life of a node.
 */
export function judge(
  witness: Witness,
  { expected, claimant }: Claim,
): { readonly witness: Witness; readonly verdict: Verdict } {
  const again = witness.term === expected + 1 && witness.holder === claimant;
  const granted = again || witness.term === expected;
  const next = granted ? { term: expected + 1, holder: claimant } : witness;
  return { witness: next, verdict: { expected, granted, ...next } };
}

/** A claim under way, at the claimant. */
export interface PendingClaim {
  readonly expected: number;
  readonly askedAt: number;
}

export const claimIsDue = (claim: PendingClaim, now: number): boolean =>
  now - claim.askedAt >= CLAIM_RETRY_MS;
