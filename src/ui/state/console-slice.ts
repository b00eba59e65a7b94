import type { StateCreator } from 'zustand/vanilla';
import type { UiState } from './store.ts';

/** Longest terminal title taken from the guest; it names a tab and must not push the page about. */
const MAX_TITLE_LENGTH = 80;

/** What the big area shows. */
export type ConsoleTab = 'terminal' | 'kernel-log';

/** A word on the terminal that the next key takes away. */
export type ConsoleHint =
  /** The machine has no room for the last input. */
  | 'input-refused'
  /** The browser keeps its clipboard to itself. */
  | 'copy-refused'
  | 'paste-refused';

export interface ConsoleSlice {
  readonly tab: ConsoleTab;
  /** The title the guest gave its terminal (OSC 0/2); empty when it gave none. */
  readonly terminalTitle: string;
  readonly columns: number;
  readonly rows: number;
  readonly hasSelection: boolean;
  /** Rises when the kernel log has new text; the text itself stays outside of the store. */
  readonly kernelLogVersion: number;
  readonly kernelLogLines: number;
  readonly hint: ConsoleHint | undefined;
  readonly setTab: (tab: ConsoleTab) => void;
  readonly setTerminalTitle: (title: string) => void;
  readonly setTerminalSize: (columns: number, rows: number) => void;
  readonly setHasSelection: (hasSelection: boolean) => void;
  readonly setKernelLog: (lines: number) => void;
  readonly setHint: (hint: ConsoleHint | undefined) => void;
}

/** A title fit to be shown: control characters out, one line, bounded. Pure. */
export function cleanTitle(title: string): string {
  const line = title.replace(/\p{C}+/gu, ' ').trim();
  return line.length <= MAX_TITLE_LENGTH ? line : `${line.slice(0, MAX_TITLE_LENGTH - 1)}…`;
}

export const createConsoleSlice: StateCreator<UiState, [], [], ConsoleSlice> = (set) => ({
  tab: 'terminal',
  terminalTitle: '',
  columns: 0,
  rows: 0,
  hasSelection: false,
  kernelLogVersion: 0,
  kernelLogLines: 0,
  hint: undefined,
  setTab: (tab) => {
    set({ tab });
  },
  setTerminalTitle: (title) => {
    set({ terminalTitle: cleanTitle(title) });
  },
  setTerminalSize: (columns, rows) => {
    set({ columns, rows });
  },
  setHasSelection: (hasSelection) => {
    set({ hasSelection });
  },
  setKernelLog: (kernelLogLines) => {
    set(({ kernelLogVersion }) => ({ kernelLogLines, kernelLogVersion: kernelLogVersion + 1 }));
  },
  setHint: (hint) => {
    set((state) => (state.hint === hint ? state : { hint }));
  },
});
