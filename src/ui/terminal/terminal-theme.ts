import type { ITheme } from '@xterm/xterm';

/** xterm.js colours and the design tokens (styles/tokens.css) they come from. */
const TOKENS: readonly (readonly [Exclude<keyof ITheme, 'extendedAnsi'>, string])[] = [
  ['background', '--term-background'],
  ['foreground', '--term-foreground'],
  ['cursor', '--term-cursor'],
  ['cursorAccent', '--term-cursor-accent'],
  ['selectionBackground', '--term-selection'],
  ['selectionInactiveBackground', '--term-selection-inactive'],
  ['scrollbarSliderBackground', '--term-scrollbar'],
  ['scrollbarSliderHoverBackground', '--term-scrollbar-hover'],
  ['scrollbarSliderActiveBackground', '--term-scrollbar-hover'],
  ['black', '--term-black'],
  ['red', '--term-red'],
  ['green', '--term-green'],
  ['yellow', '--term-yellow'],
  ['blue', '--term-blue'],
  ['magenta', '--term-magenta'],
  ['cyan', '--term-cyan'],
  ['white', '--term-white'],
  ['brightBlack', '--term-bright-black'],
  ['brightRed', '--term-bright-red'],
  ['brightGreen', '--term-bright-green'],
  ['brightYellow', '--term-bright-yellow'],
  ['brightBlue', '--term-bright-blue'],
  ['brightMagenta', '--term-bright-magenta'],
  ['brightCyan', '--term-bright-cyan'],
  ['brightWhite', '--term-bright-white'],
];

/**
 * The present theme's terminal colours. A custom property keeps its `light-dark()` unresolved, so
 * each is put through a real property of a probe element, which computes it to `rgb()`.
 */
export function readTerminalTheme(root: HTMLElement): ITheme {
  const probe = root.ownerDocument.createElement('span');
  probe.hidden = true;
  root.append(probe);
  try {
    const style = getComputedStyle(probe);
    const theme: ITheme = {};
    for (const [name, token] of TOKENS) {
      probe.style.color = `var(${token})`;
      theme[name] = style.color;
    }
    return theme;
  } finally {
    probe.remove();
  }
}

/** The terminal's font, from the token `--font-mono`. */
export function readTerminalFont(root: HTMLElement): string {
  return getComputedStyle(root).getPropertyValue('--font-mono').replace(/\s+/g, ' ').trim();
}
