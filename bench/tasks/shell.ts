/** A shell in a guest at the other end of a wire, whatever the wire is. */

/** Longest part of what was said that an error repeats. */
const COMPLAINT_CHARACTERS = 2000;

/** What a terminal's line shows: without control sequences, and what overwrote it from its beginning. */
const visible = (line: string): string => {
  // eslint-disable-next-line no-control-regex -- ESC begins them
  const text = line.replaceAll(/\x1b\[[0-9;?]*[a-zA-Z]/g, '');
  return text.slice(text.lastIndexOf('\r') + 1);
};

interface Waiting {
  readonly pattern: RegExp;
  readonly resolve: (match: RegExpExecArray) => void;
  readonly reject: (error: Error) => void;
}

export class Shell {
  readonly #write: (text: string) => void;
  readonly #lines: string[] = [];
  #partial = '';
  #waiting: Waiting | undefined;
  #end: Error | undefined;

  /** @param write takes what is to be typed */
  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  send(text: string): void {
    this.#write(text);
  }

  /** Takes what the shell and its commands wrote. */
  receive(text: string): void {
    const lines = (this.#partial + text).split(/\r*\n/);
    this.#partial = lines.pop() ?? '';
    this.#lines.push(...lines.map(visible));
    this.#look();
  }

  /** The wire is gone: whoever waits is told. */
  close(reason: string): void {
    this.#end ??= new Error(`${reason}: ${this.#heard()}`);
    this.#waiting?.reject(this.#end);
    this.#waiting = undefined;
  }

  /** The next line that matches; lines before it are dropped. One caller at a time. */
  async line(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray> {
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        timer = setTimeout(() => {
          this.#waiting = undefined;
          reject(new Error(`no ${String(pattern)} within ${timeoutMs} ms: ${this.#heard()}`));
        }, timeoutMs);
        this.#waiting = { pattern, resolve, reject };
        this.#look();
        if (this.#end !== undefined) this.close('');
      });
    } finally {
      clearTimeout(timer);
    }
  }

  #heard(): string {
    return [...this.#lines, this.#partial].join('\n').slice(-COMPLAINT_CHARACTERS);
  }

  #look(): void {
    const { pattern, resolve } = this.#waiting ?? {};
    if (pattern === undefined || resolve === undefined) return;
    for (const [index, line] of this.#lines.entries()) {
      const match = pattern.exec(line);
      if (match === null) continue;
      this.#lines.splice(0, index + 1);
      this.#waiting = undefined;
      resolve(match);
      return;
    }
  }
}
