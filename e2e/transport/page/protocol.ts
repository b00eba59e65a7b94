import type { CloseReason, SendOutcome } from '../../../src/transport/link.ts';
import type { DataChannels } from '../../../src/transport/channel-link.ts';

/** What the page tells its worker. */
export type ToWorker =
  | { readonly kind: 'channels'; readonly channels: DataChannels }
  | { readonly kind: 'start' }
  /** Send so many bytes on the bulk channel, and beats beside them. */
  | { readonly kind: 'transfer'; readonly bytes: number };

/** What the worker tells its page. */
export type FromWorker =
  | { readonly kind: 'attached'; readonly reason: CloseReason | undefined }
  | { readonly kind: 'early'; readonly outcome: SendOutcome }
  | { readonly kind: 'sent'; readonly mostQueued: number; readonly refusals: number }
  | { readonly kind: 'received'; readonly bytes: number; readonly milliseconds: number }
  | { readonly kind: 'beats'; readonly roundTrips: readonly number[] }
  | { readonly kind: 'failed'; readonly sentence: string }
  | { readonly kind: 'closed'; readonly reason: CloseReason };

/** What the test calls in the page. */
export interface TransportPage {
  /** Comes to the session; `proof` is an invitation to prove with, if it is to be another one. */
  come(role: 'inviter' | 'joiner', invitation: string, proof?: string): Promise<void>;
  /** How the first connection ended up. */
  outcome(): Promise<{
    readonly kind: string;
    readonly sentence: string;
    readonly pairing?: string;
  }>;
  transfer(bytes: number): void;
  /** Makes the main thread as busy as can be for so long. */
  hog(milliseconds: number): void;
  /** The first report of a kind, now or later. */
  report<K extends FromWorker['kind']>(kind: K): Promise<Extract<FromWorker, { kind: K }>>;
  /** Kinds of what signalling refused. */
  refused(): string[];
  close(): void;
}

declare global {
  interface Window {
    transportPage?: TransportPage;
  }
}
