/** What a step carries along: its effects, and words for things that every step does. */
import type { ReplicaConfig } from './config.ts';
import type { Effect } from './effects.ts';
import type { PeerId } from './events.ts';
import { CHUNK_BYTES } from './limits.ts';
import type { Message, PlacedOutput, RejectCode } from './messages.ts';
import type { Common } from './state.ts';
import { show } from './viewer.ts';

export class Context {
  readonly config: ReplicaConfig;
  readonly now: number;
  readonly effects: Effect[] = [];

  constructor(config: ReplicaConfig, now: number) {
    this.config = config;
    this.now = now;
  }

  emit(effect: Effect): void {
    this.effects.push(effect);
  }

  send(peer: PeerId, term: number, message: Message): void {
    this.emit({ kind: 'send', peer, term, message });
  }

  /** Says no, with a sentence that the other side shows. */
  reject(peer: PeerId, term: number, code: RejectCode, sentence: string, epoch = 0): void {
    this.send(peer, term, { kind: 'reject', code, epoch, sentence });
  }

  /** Input that no machine of this kind can take: both sides say so. */
  refuseInput(peer: PeerId, term: number, items: number): void {
    const what = items === 1 ? 'A piece' : `${items} pieces`;
    const sentence = `${what} of input could not be understood, and was not taken.`;
    this.warn(sentence);
    this.reject(peer, term, 'unexpected', sentence);
  }

  info(sentence: string): void {
    this.emit({ kind: 'notice', level: 'info', sentence });
  }

  warn(sentence: string): void {
    this.emit({ kind: 'notice', level: 'warning', sentence });
  }

  changed(): void {
    this.emit({ kind: 'state-changed' });
  }

  claim(state: Common): { readonly expected: number; readonly askedAt: number } {
    this.emit({ kind: 'ask-witness', expected: state.term, claimant: this.config.node });
    return { expected: state.term, askedAt: this.now };
  }

  /** Shows committed (or unprotected) output on this tab's terminal. */
  show<S extends Common>(
    state: S,
    term: number,
    items: readonly PlacedOutput[],
    oldest: boolean,
  ): { readonly state: S; readonly hole: boolean } {
    const shown = show(state.viewer, term, items, oldest);
    if (shown.items.length > 0) {
      this.emit({ kind: 'show-output', items: shown.items, lost: shown.lost });
    }
    return { state: { ...state, viewer: shown.viewer }, hole: shown.hole };
  }
}

/** Items of one `outputs` message at most, so that it stays under its cap. */
const MOST_ITEMS = 256;

/** Splits a list so that each part fits into a message of about CHUNK_BYTES. */
export function inParts<T extends { readonly bytes: Uint8Array }>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let bytes = 0;
  for (const item of items) {
    // Names and numbers of an item: some 100 bytes at most.
    const size = item.bytes.length + 128;
    if (part.length > 0 && (bytes + size > CHUNK_BYTES || part.length >= MOST_ITEMS)) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(item);
    bytes += size;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
