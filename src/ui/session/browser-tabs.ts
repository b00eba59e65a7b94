import type { TabPort } from './pair-desk.ts';

function go(url: string): void {
  const before = location.href;
  const target = new URL(url, before);
  location.replace(target.href);
  // Where only the fragment differs the browser stays on the page as it is.
  if (before.split('#')[0] === target.href.split('#')[0]) location.reload();
}

/** The browser's own tabs and clipboard. */
export const browserTabs: TabPort = {
  open: (url) => {
    window.open(url, '_blank', 'noopener');
  },
  go,
  goAlone: () => {
    go(`${location.pathname}${location.search}`);
  },
  copy: async (text) => {
    // Absent where the page is not a secure context, whatever its type says: that rejects, too.
    await navigator.clipboard.writeText(text);
  },
};
