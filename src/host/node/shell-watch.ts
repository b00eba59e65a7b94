import { endsWithPrompt, ScreenTail } from '../shared/screen.ts';

const LOGOUT = /(?:^|[\r\n])logout\r?\n/;

/** Follows what a console says, to tell where its shell is. */
export class ShellWatch {
  #tail = new ScreenTail();
  #look: (() => void) | undefined;

  heard(bytes: Uint8Array): void {
    this.#tail.push(bytes);
    this.#look?.();
  }

  /** What was said last. */
  get screen(): Uint8Array<ArrayBuffer> {
    return this.#tail.bytes;
  }

  /** Resolves when the console ends with a prompt: at once if it does. One wait at a time. */
  prompt(): Promise<void> {
    return this.#until(() => endsWithPrompt(this.#tail.bytes));
  }

  /** Resolves when the shell says from now on that it logs out, and another one has taken its place. */
  logout(): Promise<void> {
    this.#tail = new ScreenTail();
    return this.#until(() => {
      const { bytes } = this.#tail;
      return LOGOUT.test(new TextDecoder().decode(bytes)) && endsWithPrompt(bytes);
    });
  }

  /** Resolves when the console ends with a prompt and has then been silent for some milliseconds. */
  quietPrompt(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      this.#look = () => {
        clearTimeout(timer);
        if (!endsWithPrompt(this.#tail.bytes)) return;
        timer = setTimeout(() => {
          this.#look = undefined;
          resolve();
        }, milliseconds);
      };
      this.#look();
    });
  }

  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#look = () => {
        if (!holds()) return;
        this.#look = undefined;
        resolve();
      };
      this.#look();
    });
  }
}
