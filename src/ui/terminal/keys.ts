/** What the page, not the guest, does with a key pressed in the terminal. */
export type PageKey = 'copy' | 'paste' | 'leave';

type KeyPress = Pick<
  KeyboardEvent,
  'type' | 'key' | 'code' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'metaKey'
>;

/**
 * Keys that terminals on Linux keep for themselves, and the way out: a terminal needs Tab, so
 * another key must leave it (WCAG 2.1.2). Undefined: the key is the guest's.
 */
export function pageKeyOf(event: KeyPress): PageKey | undefined {
  if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return undefined;
  if (event.code === 'KeyC') return 'copy';
  if (event.code === 'KeyV') return 'paste';
  return event.key === 'F6' ? 'leave' : undefined;
}

/** Keys a phone's keyboard lacks, as the bytes a terminal sends. */
export const TOUCH_KEYS = [
  { label: 'Esc', name: 'Escape', data: '\x1b' },
  { label: 'Tab', name: 'Tab', data: '\t' },
  { label: '↑', name: 'Up', data: '\x1b[A' },
  { label: '↓', name: 'Down', data: '\x1b[B' },
  { label: '←', name: 'Left', data: '\x1b[D' },
  { label: '→', name: 'Right', data: '\x1b[C' },
  { label: '^C', name: 'Control C', data: '\x03' },
] as const;

/** Applies an armed Ctrl to the next character: `c` becomes ^C. Other input is left as it is. */
export function withControl(data: string): string {
  if (data.length !== 1) return data;
  const code = data.toUpperCase().charCodeAt(0);
  if (code === 0x20) return '\x00';
  return code >= 0x40 && code < 0x60 ? String.fromCharCode(code & 0x1f) : data;
}
