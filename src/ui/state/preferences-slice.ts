import type { StateCreator } from 'zustand/vanilla';
import type { UiState } from './store.ts';

export type Theme = 'system' | 'light' | 'dark';

/** What the viewer chose; kept in this browser. */
export interface Preferences {
  readonly theme: Theme;
  /** xterm.js mirrors the screen as text for screen readers; it costs speed, so it is a choice. */
  readonly screenReader: boolean;
  /** How long the last cold boot took here; the guess for the next. */
  readonly usualBootSeconds: number | undefined;
  /** Whether the dashboard is open. */
  readonly dashboardOpen: boolean;
}

export interface PreferencesSlice extends Preferences {
  readonly setTheme: (theme: Theme) => void;
  readonly setScreenReader: (screenReader: boolean) => void;
  readonly setUsualBootSeconds: (seconds: number) => void;
  readonly setDashboardOpen: (open: boolean) => void;
}

/** Where preferences are kept; `localStorage` in the page. */
export type PreferenceStorage = Pick<Storage, 'getItem' | 'setItem'>;

const STORAGE_KEY = 'tandem.preferences';
const DEFAULTS: Preferences = {
  theme: 'system',
  screenReader: false,
  usualBootSeconds: undefined,
  dashboardOpen: false,
};

function isTheme(value: unknown): value is Theme {
  return value === 'system' || value === 'light' || value === 'dark';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Preferences out of stored text; whatever is not understood takes its default. Pure. */
export function parsePreferences(text: string | null): Preferences {
  if (text === null) return DEFAULTS;
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    return DEFAULTS; // Written by something else, or torn: defaults are always right enough.
  }
  if (!isRecord(stored)) return DEFAULTS;
  const { theme, screenReader, usualBootSeconds, dashboardOpen } = stored;
  const seconds = typeof usualBootSeconds === 'number' && usualBootSeconds > 0;
  return {
    theme: isTheme(theme) ? theme : DEFAULTS.theme,
    screenReader: screenReader === true,
    usualBootSeconds: seconds ? usualBootSeconds : undefined,
    dashboardOpen: dashboardOpen === true,
  };
}

/** Reads what was kept; a browser that forbids storage has the defaults. */
export function loadPreferences(storage: PreferenceStorage | undefined): Preferences {
  return parsePreferences(storage?.getItem(STORAGE_KEY) ?? null);
}

/** Keeps preferences; a full or forbidden storage costs only that they are forgotten. */
export function savePreferences(
  storage: PreferenceStorage | undefined,
  { theme, screenReader, usualBootSeconds, dashboardOpen }: Preferences,
): void {
  try {
    const kept = { theme, screenReader, usualBootSeconds, dashboardOpen };
    storage?.setItem(STORAGE_KEY, JSON.stringify(kept));
  } catch (error) {
    console.warn('Preferences could not be kept:', error);
  }
}

export function createPreferencesSlice(
  initial: Preferences,
): StateCreator<UiState, [], [], PreferencesSlice> {
  return (set) => ({
    ...initial,
    setTheme: (theme) => {
      set({ theme });
    },
    setScreenReader: (screenReader) => {
      set({ screenReader });
    },
    setUsualBootSeconds: (usualBootSeconds) => {
      set({ usualBootSeconds });
    },
    setDashboardOpen: (dashboardOpen) => {
      set({ dashboardOpen });
    },
  });
}
