/** What stood on the terminal when a snapshot was taken, so that whoever resumes it sees the prompt. */

/** Name of the snapshot's section; the machine knows nothing of it. */
export const SCREEN_SECTION = 'host.screen';
export const SCREEN_VERSION = 1;
/** A screenful with colours, some times over (R7). */
const SCREEN_BYTES = 16_384;

/** Remembers the last bytes of a console. */
export class ScreenTail {
  #bytes = new Uint8Array(0);

  push(bytes: Uint8Array): void {
    const joined = new Uint8Array(this.#bytes.length + bytes.length);
    joined.set(this.#bytes);
    joined.set(bytes, this.#bytes.length);
    this.#bytes = joined.slice(-SCREEN_BYTES);
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }
}

// eslint-disable-next-line no-control-regex -- terminals speak in control characters
const CONTROL_SEQUENCE = /\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*\x07)/g;

/** True when the last line on the terminal is a shell's prompt. */
export function endsWithPrompt(bytes: Uint8Array<ArrayBuffer>): boolean {
  const text = new TextDecoder().decode(bytes).replaceAll(CONTROL_SEQUENCE, '');
  return /(?:^|\n|\r)[^\n\r]*[#$] $/.test(text);
}
