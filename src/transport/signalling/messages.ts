/** What parties of a session tell each other before they are connected. */
import { err, ok, type Result } from '../../base/result.ts';
import { ABOUT_CHARACTERS, CANDIDATE_CHARACTERS, SDP_CHARACTERS } from './limits.ts';

/** A party's name: 16 random bytes in hex, made anew by each tab. */
export type PartyId = string;
export const PARTY_ID = /^[0-9a-f]{32}$/;
/** Names one attempt of two parties to connect, so that a late message of an earlier one is not mistaken. */
export const ATTEMPT_ID = /^[0-9a-f]{16}$/;

/** One address under which a party may be reached (RTCIceCandidateInit). */
export interface Candidate {
  readonly candidate: string;
  readonly sdpMid: string | null;
  readonly sdpMLineIndex: number | null;
}

/**
 * `who` asks all present to say `here`; `bye` is an early word of a page that goes. The others belong to
 * one attempt to connect.
 */
export type SignalBody =
  | { readonly kind: 'who' }
  | { readonly kind: 'here'; readonly about: string }
  | { readonly kind: 'bye' }
  | ConnectionSignal;

export type ConnectionSignal =
  | { readonly kind: 'offer' | 'answer'; readonly attempt: string; readonly sdp: string }
  | { readonly kind: 'candidate'; readonly attempt: string; readonly candidate: Candidate }
  | { readonly kind: 'refuse'; readonly attempt: string; readonly sentence: string };

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown, cap: number): value is string =>
  typeof value === 'string' && value.length <= cap;
const isAttempt = (value: unknown): value is string => isText(value, 16) && ATTEMPT_ID.test(value);

function parseCandidate(value: unknown): Candidate | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { candidate, sdpMid, sdpMLineIndex } = value as Fields;
  if (!isText(candidate, CANDIDATE_CHARACTERS)) return undefined;
  if (sdpMid !== null && !isText(sdpMid, 64)) return undefined;
  if (sdpMLineIndex !== null && typeof sdpMLineIndex !== 'number') return undefined;
  return { candidate, sdpMid, sdpMLineIndex };
}

function parseFields(fields: Fields): SignalBody | undefined {
  const { kind, attempt } = fields;
  switch (kind) {
    case 'who':
    case 'bye':
      return { kind };
    case 'here': {
      const { about } = fields;
      return isText(about, ABOUT_CHARACTERS) ? { kind, about } : undefined;
    }
    case 'offer':
    case 'answer': {
      const { sdp } = fields;
      return isAttempt(attempt) && isText(sdp, SDP_CHARACTERS) ? { kind, attempt, sdp } : undefined;
    }
    case 'candidate': {
      const candidate = parseCandidate(fields['candidate']);
      return isAttempt(attempt) && candidate !== undefined
        ? { kind, attempt, candidate }
        : undefined;
    }
    case 'refuse': {
      const { sentence } = fields;
      return isAttempt(attempt) && isText(sentence, 512) ? { kind, attempt, sentence } : undefined;
    }
    default:
      return undefined;
  }
}

/** Reads a message from JSON; fields that are not ours are left out. The error is a sentence. */
export function parseSignal(text: string): Result<SignalBody, string> {
  try {
    const value: unknown = JSON.parse(text);
    const body =
      typeof value === 'object' && value !== null ? parseFields(value as Fields) : undefined;
    return body === undefined ? err('It is no signalling message.') : ok(body);
  } catch (error) {
    if (error instanceof SyntaxError) return err('It is not JSON.');
    throw error;
  }
}
