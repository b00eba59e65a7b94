/** Lines kept: a Debian boot prints about 400, so this is a day of an unhappy driver. */
const MAX_LINES = 5000;
/** Longest line kept; a guest that never ends a line must not grow it without end. */
const MAX_LINE_LENGTH = 4096;

/** Escape sequences (CSI, OSC, two-character ones) and control characters other than tab. */
const ESCAPES =
  // eslint-disable-next-line no-control-regex -- control characters are the subject
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]|[\x00-\x08\x0b-\x1f\x7f]/g;

/** The last lines of the serial port as plain text, bounded. */
export class KernelLog {
  #decoder = new TextDecoder();
  #lines: string[] = [];
  #tail = '';

  /** Whole lines kept, and the unfinished one if it has text. */
  get lineCount(): number {
    return this.#lines.length + (this.#tail === '' ? 0 : 1);
  }

  append(bytes: Uint8Array): void {
    const parts = (this.#tail + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#tail = (parts.pop() ?? '').slice(-MAX_LINE_LENGTH);
    for (const part of parts) {
      this.#lines.push(part.replace(ESCAPES, '').slice(0, MAX_LINE_LENGTH));
    }
    if (this.#lines.length > MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
  }

  /** The last `count` lines, or all. */
  lines(count = MAX_LINES): readonly string[] {
    const tail = this.#tail.replace(ESCAPES, '');
    const all = tail === '' ? this.#lines : [...this.#lines, tail];
    return all.slice(-count);
  }

  clear(): void {
    this.#decoder = new TextDecoder();
    this.#lines = [];
    this.#tail = '';
  }
}
