/**
 * The language of `agent0`: one JSON object a line, host and agent in turn whenever they have
 * something to say. The agent (guest/files/root/usr/lib/tandem/agent.py) listens since before the
 * snapshot was taken.
 *
 * Host to guest:
 *   {"id":1,"op":"exec","command":"…","stdin":true}   run by bash in /root; without "stdin" from /dev/null
 *   {"id":1,"op":"stdin","data":"<base64>"}           standard input for command 1
 *   {"id":1,"op":"eof"}                               that was all of it
 *   {"id":1,"op":"kill","signal":15}                  to the command's process group
 *   {"id":2,"op":"resume","wallNs":"…","entropy":"<base64>"}   set the clock, stir the random state
 * Guest to host:
 *   {"ready":true}
 *   {"id":1,"stream":"stdout","data":"<base64>"}      likewise "stderr"
 *   {"id":1,"exit":0}                                 128 + n when signal n ended it
 *   {"id":2,"done":true}
 *   {"id":3,"error":"…"}                              the request could not be done
 */

/** Longest line from the guest: 32 KiB of output in base64, and as much again to spare (R7). */
export const MAX_LINE_BYTES = 1 << 17;
/** Standard input is sent in pieces of this size; base64 makes them a third longer. */
export const STDIN_PIECE_BYTES = 24_576;

export type AgentRequest =
  | {
      readonly id: number;
      readonly op: 'exec';
      readonly command: string;
      readonly stdin: boolean;
    }
  | { readonly id: number; readonly op: 'stdin'; readonly data: string }
  | { readonly id: number; readonly op: 'eof' }
  | { readonly id: number; readonly op: 'kill'; readonly signal: number }
  | {
      readonly id: number;
      readonly op: 'resume';
      /** Nanoseconds since the epoch, in decimal. */
      readonly wallNs: string;
      readonly entropy: string;
    };

export type AgentMessage =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'stream';
      readonly id: number;
      readonly stream: 'stdout' | 'stderr';
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'exit'; readonly id: number; readonly status: number }
  | { readonly kind: 'done'; readonly id: number }
  | { readonly kind: 'error'; readonly id: number; readonly text: string };

/** The request number that the loop itself uses for resuming; clients count from 1. */
export const RESUME_ID = 0;

export function encodeBase64(bytes: Uint8Array): string {
  let text = '';
  const PIECE = 8192;
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

export const decodeBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** A request as the bytes to send. */
export const encodeRequest = (request: AgentRequest): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${JSON.stringify(request)}\n`);

/** A line from the agent, or undefined when it is none of its messages. */
export function parseAgentLine(line: string): AgentMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields['ready'] === true) return { kind: 'ready' };
  const { id } = fields as { id?: unknown };
  if (typeof id !== 'number') return undefined;
  const stream = fields['stream'];
  const data = fields['data'];
  if ((stream === 'stdout' || stream === 'stderr') && typeof data === 'string') {
    try {
      return { kind: 'stream', id, stream, bytes: decodeBase64(data) };
    } catch {
      return undefined;
    }
  }
  if (typeof fields['exit'] === 'number') return { kind: 'exit', id, status: fields['exit'] };
  if (fields['done'] === true) return { kind: 'done', id };
  if (typeof fields['error'] === 'string') return { kind: 'error', id, text: fields['error'] };
  return undefined;
}
