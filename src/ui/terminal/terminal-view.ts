import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import type { TerminalPort } from '../session/session.ts';
import { pageKeyOf, withControl } from './keys.ts';
import { readTerminalFont, readTerminalTheme } from './terminal-theme.ts';

const SCROLLBACK_LINES = 10_000;
const FONT_SIZE_PX = 14;
const SMALL_FONT_SIZE_PX = 12;
/** Narrower than this, 14-pixel characters would leave fewer than about 50 columns. */
const SMALL_WIDTH_PX = 480;
/** A window is dragged through hundreds of sizes; the guest is told once it rests. */
const RESIZE_REST_MS = 80;
/** AA for text: colours that programs pick themselves are moved until they reach it. */
const MINIMUM_CONTRAST = 4.5;
/** RIS, then "erase scrollback": a new machine begins on an empty screen. */
const FULL_RESET = '\x1bc\x1b[3J';

export interface TerminalViewEvents {
  readonly onTitle: (title: string) => void;
  readonly onSelection: (hasSelection: boolean) => void;
  /** The browser kept the clipboard to itself. */
  readonly onClipboardRefused: (hint: 'copy-refused' | 'paste-refused') => void;
  /** The user pressed the key that leaves the terminal. */
  readonly onLeave: () => void;
}

/**
 * The xterm.js terminal of the page. It outlives React's mounting and unmounting: components lend
 * it a place with {@link attach}. Bytes go in and out as bytes.
 */
export class TerminalView implements TerminalPort {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #host: HTMLDivElement;
  readonly #inputListeners = new Set<(bytes: Uint8Array) => void>();
  readonly #encoder = new TextEncoder();
  readonly #events: TerminalViewEvents;
  #controlArmed: (() => void) | undefined;
  #restTimer: number | undefined;

  constructor(document: Document, events: TerminalViewEvents) {
    this.#events = events;
    this.#host = document.createElement('div');
    this.#host.className = 'terminal-host';
    const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#terminal = new Terminal({
      cursorBlink: !reducedMotion,
      fontFamily: readTerminalFont(document.documentElement),
      fontSize: FONT_SIZE_PX,
      macOptionIsMeta: true,
      minimumContrastRatio: MINIMUM_CONTRAST,
      scrollback: SCROLLBACK_LINES,
      theme: readTerminalTheme(document.body),
    });
    this.#terminal.loadAddon(this.#fit);
    this.#terminal.attachCustomKeyEventHandler((event) => this.#onKey(event));
    this.#terminal.onData((data) => {
      this.#emit(this.#encoder.encode(this.#applyControl(data)));
    });
    this.#terminal.onBinary((data) => {
      this.#emit(Uint8Array.from(data, (character) => character.charCodeAt(0)));
    });
    this.#terminal.onTitleChange(events.onTitle);
    this.#terminal.onSelectionChange(() => {
      events.onSelection(this.#terminal.hasSelection());
    });
  }

  /** Columns and rows at present. */
  get size(): { readonly columns: number; readonly rows: number } {
    return { columns: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** Shows the terminal inside `container` and keeps it fitted. The returned function takes it away. */
  attach(container: HTMLElement): () => void {
    container.append(this.#host);
    if (this.#terminal.element === undefined) this.#terminal.open(this.#host);
    this.#fitNow();
    const observer = new ResizeObserver(() => {
      clearTimeout(this.#restTimer);
      this.#restTimer = window.setTimeout(() => {
        this.#fitNow();
      }, RESIZE_REST_MS);
    });
    observer.observe(container);
    return () => {
      observer.disconnect();
      clearTimeout(this.#restTimer);
      this.#host.remove();
    };
  }

  write(bytes: Uint8Array, done: () => void): void {
    this.#terminal.write(bytes, done);
  }

  /** In the order of the output: what the last machine still has on its way is wiped too. */
  reset(): void {
    this.#terminal.write(FULL_RESET);
  }

  onInput(listener: (bytes: Uint8Array) => void): () => void {
    this.#inputListeners.add(listener);
    return () => {
      this.#inputListeners.delete(listener);
    };
  }

  onResize(listener: (columns: number, rows: number) => void): () => void {
    const subscription = this.#terminal.onResize(({ cols, rows }) => {
      listener(cols, rows);
    });
    listener(this.#terminal.cols, this.#terminal.rows);
    return () => {
      subscription.dispose();
    };
  }

  focus(): void {
    this.#terminal.focus();
  }

  selectAll(): void {
    this.#terminal.selectAll();
  }

  /** Empties the scrollback, keeping the line of the prompt. */
  clear(): void {
    this.#terminal.clear();
  }

  /** Gives text to the guest as a paste (bracketed when the guest asked for that). */
  paste(text: string): void {
    this.#terminal.paste(text);
  }

  /** Types a key that the keyboard at hand lacks; arrows in the form the program asked for (DECCKM). */
  pressKey(data: string): void {
    const { applicationCursorKeysMode } = this.#terminal.modes;
    this.#terminal.input(applicationCursorKeysMode ? data.replace('\x1b[', '\x1bO') : data, true);
  }

  /** The next character typed becomes a control character; `onSpent` is told when it has. */
  armControl(onSpent: () => void): void {
    this.#controlArmed = onSpent;
  }

  disarmControl(): void {
    this.#controlArmed = undefined;
  }

  setScreenReaderMode(on: boolean): void {
    this.#terminal.options.screenReaderMode = on;
  }

  /** Takes the colours of the present theme. */
  refreshTheme(document: Document): void {
    this.#terminal.options.theme = readTerminalTheme(document.body);
  }

  /** Copies the selection, if there is one, to the clipboard; a browser that refuses is reported. */
  async copySelection(): Promise<void> {
    const text = this.#terminal.getSelection();
    if (text === '') return;
    try {
      await navigator.clipboard.writeText(text);
    } catch (error) {
      console.warn('The browser refused to copy:', error);
      this.#events.onClipboardRefused('copy-refused');
    }
  }

  /** Pastes what the clipboard holds; a browser that refuses is reported. */
  async pasteClipboard(): Promise<void> {
    try {
      this.paste(await navigator.clipboard.readText());
    } catch (error) {
      console.warn('The browser refused to paste:', error);
      this.#events.onClipboardRefused('paste-refused');
    }
  }

  /**
   * Lines of the active buffer as text, without trailing blanks; a line that wrapped is one line.
   * @param scope `screen` is what is visible, `all` includes the scrollback.
   */
  lines(scope: 'screen' | 'all'): string[] {
    const buffer = this.#terminal.buffer.active;
    const first = scope === 'all' ? 0 : buffer.viewportY;
    const end = scope === 'all' ? buffer.length : first + this.#terminal.rows;
    const lines: string[] = [];
    for (let y = first; y < end; y += 1) {
      const line = buffer.getLine(y);
      const next = buffer.getLine(y + 1);
      const text = line?.translateToString(next?.isWrapped !== true) ?? '';
      if (line?.isWrapped === true && lines.length > 0) lines.push(`${lines.pop() ?? ''}${text}`);
      else lines.push(text);
    }
    return lines;
  }

  #fitNow(): void {
    const { clientWidth, clientHeight } = this.#host;
    if (clientWidth === 0 || clientHeight === 0) return; // hidden: keep the size the guest knows
    const fontSize = clientWidth < SMALL_WIDTH_PX ? SMALL_FONT_SIZE_PX : FONT_SIZE_PX;
    if (this.#terminal.options.fontSize !== fontSize) this.#terminal.options.fontSize = fontSize;
    this.#fit.fit();
  }

  #emit(bytes: Uint8Array): void {
    for (const listener of this.#inputListeners) listener(bytes);
  }

  #applyControl(data: string): string {
    const spent = this.#controlArmed;
    if (spent === undefined) return data;
    this.#controlArmed = undefined;
    spent();
    return withControl(data);
  }

  /** False keeps the key from xterm.js. */
  #onKey(event: KeyboardEvent): boolean {
    const key = pageKeyOf(event);
    if (key === undefined) return true;
    // A paste needs the browser's own handling: its `paste` event reaches xterm.js without a permission.
    if (key !== 'paste') event.preventDefault();
    if (event.type !== 'keydown') return false;
    if (key === 'copy') void this.copySelection();
    if (key === 'leave') this.#events.onLeave();
    return false;
  }
}
