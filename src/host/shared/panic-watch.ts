/** How a Linux kernel says that it gave up; it stands at the start of a line, behind a timestamp perhaps. */
const PANIC = /^(?:\[ *\d+\.\d+\]\s*)?Kernel panic - not syncing: ?(.*)$/;
/** Enough of a line to hold the message (R7). */
const MAX_LINE_BYTES = 512;
const NEWLINE = 10;
const RETURN = 13;

/** Reads the kernel log as it is printed and remembers the first panic. */
export class PanicWatch {
  #line: number[] = [];
  #panic: string | undefined;

  /** The kernel's words, without `Kernel panic - not syncing: `. */
  get panic(): string | undefined {
    return this.#panic;
  }

  push(bytes: Uint8Array): void {
    if (this.#panic !== undefined) return;
    for (const byte of bytes) {
      if (byte === NEWLINE) this.#endLine();
      else if (byte !== RETURN && this.#line.length < MAX_LINE_BYTES) this.#line.push(byte);
    }
  }

  #endLine(): void {
    const text = String.fromCharCode(...this.#line);
    this.#line = [];
    const match = PANIC.exec(text);
    if (match !== null && this.#panic === undefined) this.#panic = match[1]?.trim() ?? '';
  }
}
