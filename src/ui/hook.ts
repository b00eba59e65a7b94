import type { PairSample, PairState } from '../host/browser/pair-types.ts';
import type { MachineCounters } from '../host/browser/types.ts';
import type { MachineView } from './state/machine-slice.ts';
import type { Tandem } from './context.ts';

/**
 * `window.tandem`: what a script or a test may ask of the page. The terminal's text is read here
 * rather than from pixels or from the DOM, both of which hold only what is on the screen.
 */
export interface TandemHook {
  /** The machine's state as the page shows it. */
  readonly state: () => MachineView;
  /** Lines visible in the terminal; a wrapped line is one line. */
  readonly screen: () => readonly string[];
  /** Lines of the terminal with its scrollback. */
  readonly scrollback: () => readonly string[];
  /** Lines of the kernel log. */
  readonly kernelLog: () => readonly string[];
  /** Reads the shell's bytes as they come to the page (not to be kept); the returned function unsubscribes. */
  readonly onOutput: (listener: (bytes: Uint8Array) => void) => () => void;
  /** Present figures of the machine, as the host counts them. */
  readonly counters: () => MachineCounters;
  /** The terminal's size in characters. */
  readonly size: () => { readonly columns: number; readonly rows: number };
  /** The pair's state with all takeovers, and the newest sample (undefined before the first). */
  readonly pair: () => PairState & { readonly sample: PairSample | undefined };
  /** The address that opens this machine in another tab; undefined while nobody can be invited. */
  readonly invitation: (wants: 'standby' | 'watch') => string | undefined;
}

declare global {
  interface Window {
    tandem?: TandemHook;
  }
}

/** Publishes the hook. Reading only: typing is done with the keyboard. */
export function installHook({ store, session, terminal }: Tandem): void {
  window.tandem = {
    state: () => store.getState().machine,
    screen: () => terminal.lines('screen'),
    scrollback: () => terminal.lines('all'),
    kernelLog: () => session.kernelLog.lines(),
    onOutput: (listener) => session.onOutput(listener),
    counters: () => session.counters(),
    size: () => terminal.size,
    pair: () => ({ ...session.pair.state, sample: session.pair.samples.newest?.sample }),
    invitation: (wants) => session.pair.invitation(wants),
  };
}
