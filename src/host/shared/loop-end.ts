import type { Halt } from '../../vm/machine/inputs.ts';

/** Why a machine's loop is over. */
export type LoopEnd =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'halt'; readonly halt: Halt }
  | { readonly kind: 'panic'; readonly text: string };

/** The guest stopped of its own accord. */
export type GuestEnd = Exclude<LoopEnd, { readonly kind: 'stopped' }>;
