/** The terminal that a person sits at: raw keys in, a way out, and its mode given back whatever happens. */

import { spawnSync } from 'node:child_process';

const CTRL_A = 0x01;
const KEY_QUIT = 'x'.charCodeAt(0);
const KEY_HELP = 'h'.charCodeAt(0);

const HELP = '\r\nCtrl-A X ends the machine, Ctrl-A Ctrl-A types Ctrl-A.\r\n';

export interface TerminalHandlers {
  readonly input: (bytes: Uint8Array) => void;
  readonly resize: (columns: number, rows: number) => void;
  /** The person wants to leave. */
  readonly quit: () => void;
}

interface EscapeHandlers {
  readonly input: (bytes: Uint8Array) => void;
  readonly quit: () => void;
  readonly help: () => void;
}

/** Finds the escape sequences (Ctrl-A and a key, as in QEMU) among the keys. */
export class EscapeFilter {
  #escaped = false;
  readonly #handlers: EscapeHandlers;

  constructor(handlers: EscapeHandlers) {
    this.#handlers = handlers;
  }

  push(bytes: Uint8Array): void {
    const out: number[] = [];
    for (const byte of bytes) {
      if (!this.#escaped) {
        if (byte === CTRL_A) this.#escaped = true;
        else out.push(byte);
        continue;
      }
      this.#escaped = false;
      const key = byte | 0x20;
      if (byte === CTRL_A) out.push(CTRL_A);
      else if (key === KEY_QUIT) this.#handlers.quit();
      else if (key === KEY_HELP) this.#handlers.help();
      else out.push(CTRL_A, byte);
    }
    if (out.length > 0) this.#handlers.input(Uint8Array.from(out));
  }
}

/**
 * Node's raw mode still turns every LF into CR LF, which spoils the screens of programs that move
 * the cursor down by LF. Giving the terminal back undoes this too: libuv keeps what was before.
 */
function stopOutputProcessing(): void {
  // Without stty full-screen programs look odd; everything else works.
  spawnSync('stty', ['-opost'], { stdio: ['inherit', 'ignore', 'ignore'] });
}

/** Takes the terminal over; the returned function gives it back, and may be called any number of times. */
export function takeTerminal(handlers: TerminalHandlers): () => void {
  const { stdin, stdout } = process;
  const filter = new EscapeFilter({
    input: handlers.input,
    quit: handlers.quit,
    help: () => {
      stdout.write(HELP);
    },
  });
  const onData = (bytes: Buffer): void => {
    filter.push(bytes);
  };
  const onResize = (): void => {
    handlers.resize(stdout.columns, stdout.rows);
  };
  let taken = true;
  const giveBack = (): void => {
    if (!taken) return;
    taken = false;
    stdin.off('data', onData);
    stdout.off('resize', onResize);
    process.off('exit', giveBack);
    stdin.setRawMode(false);
    stdin.pause();
  };
  stdin.setRawMode(true);
  stopOutputProcessing();
  stdin.on('data', onData);
  stdin.resume();
  stdout.on('resize', onResize);
  process.on('exit', giveBack);
  if (stdout.isTTY) onResize();
  return giveBack;
}
