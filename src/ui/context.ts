import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Session } from './session/session.ts';
import type { UiState, UiStore } from './state/store.ts';
import type { TerminalView } from './terminal/terminal-view.ts';

/** What the components work with; made once by `mount`. */
export interface Tandem {
  readonly store: UiStore;
  readonly session: Session;
  readonly terminal: TerminalView;
}

export const TandemContext = createContext<Tandem | undefined>(undefined);

/** The page's parts. Throws outside of the context: that is a mistake in the program. */
export function useTandem(): Tandem {
  const tandem = useContext(TandemContext);
  if (tandem === undefined) throw new Error('used outside of TandemContext');
  return tandem;
}

/** Subscribes to a part of the store; renders when the selected value changes. */
export function useUi<T>(selector: (state: UiState) => T): T {
  return useStore(useTandem().store, selector);
}
