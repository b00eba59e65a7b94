import type { ConsoleDevice } from '../../host/browser/types.ts';

/** Where bytes of a console are shown. */
export interface Route {
  readonly terminal: boolean;
  readonly kernelLog: boolean;
}

const NOWHERE: Route = { terminal: false, kernelLog: false };
const TERMINAL: Route = { terminal: true, kernelLog: false };
const KERNEL_LOG: Route = { terminal: false, kernelLog: true };
const BOTH: Route = { terminal: true, kernelLog: true };

/**
 * Decides which console is seen where. During a cold boot firmware and kernel speak on the
 * terminal, as on a real machine; from the shell's first byte on they have the kernel log alone,
 * so that a late message cannot scribble over an editor.
 */
export class ConsoleRouter {
  #shellSpoke = false;

  /** Where the next bytes of `device` belong. The shell's first bytes change the answer for good. */
  route(device: ConsoleDevice): Route {
    switch (device) {
      case 'console0':
        this.#shellSpoke = true;
        return TERMINAL;
      case 'uart0':
        return this.#shellSpoke ? KERNEL_LOG : BOTH;
      case 'agent0':
        return NOWHERE;
    }
  }

  /** A machine starts. A resumed one has booted long ago: its shell has spoken. */
  begin(mode: 'resume' | 'cold'): void {
    this.#shellSpoke = mode === 'resume';
  }
}
