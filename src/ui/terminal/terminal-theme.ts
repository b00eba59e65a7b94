import type { ITheme } from '@xterm/xterm';
import { readColours } from '../colours.ts';

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

/** The present theme's terminal colours. */
export function readTerminalTheme(root: HTMLElement): ITheme {
  const theme: ITheme = {};
  const colours = readColours(
    root,
    TOKENS.map(([, token]) => token),
  );
  for (const [name, token] of TOKENS) theme[name] = colours[token] ?? '';
  return theme;
}

/** The terminal's font, from the token `--font-mono`. */
export function readTerminalFont(root: HTMLElement): string {
  return getComputedStyle(root).getPropertyValue('--font-mono').replace(/\s+/g, ' ').trim();
}
