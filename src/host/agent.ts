/** Speaks with the agent in the guest: runs commands there and hears of their output and status. */
import { err, ok, type Result } from '../base/result.ts';
import {
  encodeBase64,
  encodeRequest,
  MAX_LINE_BYTES,
  parseAgentLine,
  STDIN_PIECE_BYTES,
  type AgentMessage,
  type AgentRequest,
} from './shared/agent-protocol.ts';

export interface AgentError {
  readonly kind: 'refused' | 'machine-ended' | 'input-full';
  readonly message: string;
}

export interface ExecHandlers {
  readonly stdout: (bytes: Uint8Array) => void;
  readonly stderr: (bytes: Uint8Array) => void;
}

/** A command that runs in the guest. */
export interface ExecHandle {
  /** Its exit status (128 + n when signal n ended it), or why there is none. Never rejects. */
  readonly status: Promise<Result<number, AgentError>>;
  /** More standard input, if it was asked for. False when the way to the guest is full: wait, then try again. */
  write(bytes: Uint8Array): boolean;
  /** No more standard input. */
  end(): void;
  /** Sends a signal to the command's process group. */
  kill(signal: number): void;
}

interface Running {
  readonly handlers: ExecHandlers;
  readonly settle: (result: Result<number, AgentError>) => void;
}

const NEWLINE = 10;

export class AgentClient {
  readonly #send: (bytes: Uint8Array) => boolean;
  readonly #running = new Map<number, Running>();
  readonly #line = new Uint8Array(MAX_LINE_BYTES);
  #lineLength = 0;
  #overlong = false;
  #nextId = 1;
  #ready = false;
  #onReady: (() => void)[] = [];
  #ended: AgentError | undefined;

  /** `send` takes bytes for `agent0`, all or none; false when there is no room. */
  constructor(send: (bytes: Uint8Array) => boolean) {
    this.#send = send;
  }

  /** Whether the agent listens. */
  get isReady(): boolean {
    return this.#ready;
  }

  /** Called once the agent listens: at once when it does already. */
  whenReady(callback: () => void): void {
    if (this.#ready) callback();
    else this.#onReady.push(callback);
  }

  /** To be called after a resume: the agent said it was ready before the snapshot was taken. */
  markReady(): void {
    if (this.#ready) return;
    this.#ready = true;
    for (const callback of this.#onReady.splice(0)) callback();
  }

  /** Takes what the guest wrote to `agent0`. */
  receive(bytes: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, start);
      this.#collect(bytes.subarray(start, end < 0 ? bytes.length : end));
      if (end < 0) return;
      this.#endLine();
      start = end + 1;
    }
  }

  /** Ends everything that runs: the machine halted or broke. */
  end(message: string): void {
    this.#ended = { kind: 'machine-ended', message };
    for (const { settle } of this.#running.values()) settle(err(this.#ended));
    this.#running.clear();
  }

  /** Runs a command by bash, as root, in /root. */
  exec(command: string, handlers: ExecHandlers, options: { readonly stdin: boolean }): ExecHandle {
    const id = this.#nextId++;
    let settle: Running['settle'] = () => undefined;
    const status = new Promise<Result<number, AgentError>>((resolve) => {
      settle = (result) => {
        this.#running.delete(id);
        resolve(result);
      };
    });
    if (this.#ended !== undefined) settle(err(this.#ended));
    else if (this.#request({ id, op: 'exec', command, stdin: options.stdin })) {
      this.#running.set(id, { handlers, settle });
    } else {
      settle(err({ kind: 'input-full', message: 'the machine takes no more input now' }));
    }
    return {
      status,
      write: (bytes) => this.#writeStdin(id, bytes),
      end: () => {
        this.#request({ id, op: 'eof' });
      },
      kill: (signal) => {
        this.#request({ id, op: 'kill', signal });
      },
    };
  }

  #request(request: AgentRequest): boolean {
    return this.#send(encodeRequest(request));
  }

  #writeStdin(id: number, bytes: Uint8Array): boolean {
    if (!this.#running.has(id)) return true;
    const parts: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += STDIN_PIECE_BYTES) {
      const data = encodeBase64(bytes.subarray(at, at + STDIN_PIECE_BYTES));
      parts.push(encodeRequest({ id, op: 'stdin', data }));
    }
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return this.#send(whole);
  }

  #collect(part: Uint8Array): void {
    if (this.#lineLength + part.length > MAX_LINE_BYTES) this.#overlong = true;
    if (this.#overlong) return;
    this.#line.set(part, this.#lineLength);
    this.#lineLength += part.length;
  }

  #endLine(): void {
    const text = new TextDecoder().decode(this.#line.subarray(0, this.#lineLength));
    this.#lineLength = 0;
    if (this.#overlong) {
      // Nobody who speaks the protocol sends this; the rest of the line has been swallowed.
      this.#overlong = false;
      return;
    }
    const message = parseAgentLine(text);
    if (message !== undefined) this.#take(message);
  }

  #take(message: AgentMessage): void {
    if (message.kind === 'ready') {
      this.markReady();
      return;
    }
    const running = this.#running.get(message.id);
    if (running === undefined) return;
    switch (message.kind) {
      case 'stream':
        running.handlers[message.stream](message.bytes);
        break;
      case 'exit':
        running.settle(ok(message.status));
        break;
      case 'error':
        running.settle(err({ kind: 'refused', message: message.text }));
        break;
      case 'done':
        break;
    }
  }
}
