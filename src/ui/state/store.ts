import { createStore, type StoreApi } from 'zustand/vanilla';
import { createConsoleSlice, type ConsoleSlice } from './console-slice.ts';
import { createFiguresSlice, type FiguresSlice } from './figures-slice.ts';
import { createGuestSlice, type GuestSlice } from './guest-slice.ts';
import { createMachineSlice, type MachineSlice } from './machine-slice.ts';
import {
  createPreferencesSlice,
  loadPreferences,
  savePreferences,
  type PreferenceStorage,
  type PreferencesSlice,
} from './preferences-slice.ts';
import { createProtectionSlice, type ProtectionSlice } from './protection-slice.ts';

/** Everything the page shows, one slice a subject. */
export type UiState = MachineSlice &
  GuestSlice &
  FiguresSlice &
  ConsoleSlice &
  ProtectionSlice &
  PreferencesSlice;

export type UiStore = StoreApi<UiState>;

/**
 * One page's store. Preferences are read from `storage` and written back when they change.
 * @param storage undefined where the browser forbids it.
 */
export function createUiStore(storage?: PreferenceStorage): UiStore {
  const createPreferences = createPreferencesSlice(loadPreferences(storage));
  const store = createStore<UiState>()((...args) => ({
    ...createMachineSlice(...args),
    ...createGuestSlice(...args),
    ...createFiguresSlice(...args),
    ...createConsoleSlice(...args),
    ...createProtectionSlice(...args),
    ...createPreferences(...args),
  }));
  store.subscribe((next, previous) => {
    const changed =
      next.theme !== previous.theme ||
      next.screenReader !== previous.screenReader ||
      next.usualBootSeconds !== previous.usualBootSeconds ||
      next.dashboardOpen !== previous.dashboardOpen;
    if (changed) savePreferences(storage, next);
  });
  return store;
}
