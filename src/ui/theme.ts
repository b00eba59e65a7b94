import type { UiStore } from './state/store.ts';

/**
 * Puts the chosen theme on the page and calls `onChange` whenever the colours have changed, by
 * choice or because the system's changed.
 */
export function followTheme(store: UiStore, onChange: () => void): void {
  const root = document.documentElement;
  const apply = (): void => {
    const { theme } = store.getState();
    if (theme === 'system') delete root.dataset['theme'];
    else root.dataset['theme'] = theme;
    onChange();
  };
  store.subscribe((next, previous) => {
    if (next.theme !== previous.theme) apply();
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', onChange);
  apply();
}
