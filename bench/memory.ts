/**
 * What a machine takes besides guest RAM. The process's proportional set size (what it would give back) is read
 * from /proc, less the pages of guest RAM that are there, which are counted one by one in the mapping
 * that holds the machine's memory.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { Browser, Page } from '@playwright/test';
import { defined } from '../src/base/assert.ts';
import { DEFAULT_MEMORY_MB } from '../src/host/shared/guest.ts';
import { RAM } from '../src/vm/layout.ts';
import { commandLine } from './command-line.ts';

const PAGE = 4096;
const WASM_PAGE = 65536;
/** No other memory has this many. */
const MARK_PAGES = 1237;
const MEGABYTE = 1 << 20;
const KILOBYTE = 1 << 10;
const GUEST_BYTES = DEFAULT_MEMORY_MB * MEGABYTE;
const ENTRY_BYTES = 8;
/** In the upper half of an entry of pagemap: the page is in memory, or swapped out. */
const PRESENT_OR_SWAPPED = 0xc000_0000;

/**
 * Megabytes that a process takes alone, and its part of what it shares. Not those of programs' files: the system can
 * drop them, and how many of them are a process's part depends on who else runs the same program (13 or 41 MB of Node).
 */
function processMegabytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kilobytes = (name: string): number => {
    const value = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1];
    if (value === undefined) throw new Error(`process ${pid} does not say how large it is`);
    return Number(value);
  };
  return ((kilobytes('Pss') - kilobytes('Pss_File')) * KILOBYTE) / MEGABYTE;
}

/** Where a WebAssembly memory of exactly so many bytes begins in a process; undefined when it has none. */
function memoryOf(pid: number, bytes: number): number | undefined {
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const range = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    const [start, end] = [range?.[1], range?.[2]].map((text) => parseInt(text ?? '', 16));
    if (start !== undefined && end !== undefined && end - start === bytes) return start;
  }
  return undefined;
}

/** Megabytes of guest RAM that are there, or swapped out. */
function residentRam(pid: number, memory: number, ramBytes: number): number {
  const entries = Buffer.alloc((ramBytes / PAGE) * ENTRY_BYTES);
  const file = openSync(`/proc/${pid}/pagemap`, 'r');
  try {
    const offset = ((memory + RAM) / PAGE) * ENTRY_BYTES;
    readSync(file, entries, 0, entries.length, offset);
  } finally {
    closeSync(file);
  }
  let pages = 0;
  for (let at = 0; at < entries.length; at += ENTRY_BYTES) {
    if ((entries.readUInt32LE(at + 4) & PRESENT_OR_SWAPPED) !== 0) pages += 1;
  }
  return (pages * PAGE) / MEGABYTE;
}

/** Megabytes of a process besides the guest RAM in it; undefined when no such machine runs there. */
function megabytesBeyondRam(pid: number, ramBytes: number): number | undefined {
  const memory = memoryOf(pid, RAM + ramBytes);
  if (memory === undefined) return undefined;
  return processMegabytes(pid) - residentRam(pid, memory, ramBytes);
}

/** Starts a program of Node that says `ready`, measures it, and lets it go on. */
async function measured(
  args: readonly string[],
  measure: (pid: number) => number,
): Promise<number> {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += String(text);
      if (/^ready$/m.test(said)) return measure(child.pid ?? 0);
    }
    throw new Error(`it ended before it was ready: ${said}`);
  } finally {
    child.stdin.end('\n');
    child.kill();
  }
}

const idleNodeMegabytes = (): Promise<number> =>
  measured(['-e', 'console.log("ready"); process.stdin.resume()'], processMegabytes);

/** Megabytes of a running process of Node with a machine, besides guest RAM and what an idle Node takes. */
export async function runningMegabytes(pid: number): Promise<number> {
  const bare = await idleNodeMegabytes();
  return defined(megabytesBeyondRam(pid, GUEST_BYTES), 'the memory of the machine') - bare;
}

/** Megabytes of a machine on Node that has done `work`, besides guest RAM and what an idle Node takes. */
export async function machineMegabytesOnNode(work: string): Promise<number> {
  const bare = await idleNodeMegabytes();
  const command = `${work}; echo ready; read line`;
  return measured(commandLine('run', '--exec', command), (pid) => {
    return defined(megabytesBeyondRam(pid, GUEST_BYTES), 'the memory of the machine') - bare;
  });
}

/** Processes that draw pages. */
async function renderers(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
}

/** Megabytes of the renderer with a machine besides guest RAM: user interface, terminal and all workers. */
export async function pageMegabytes(browser: Browser): Promise<number> {
  for (const pid of await renderers(browser)) {
    const megabytes = megabytesBeyondRam(pid, GUEST_BYTES);
    if (megabytes !== undefined) return megabytes;
  }
  throw new Error('no page has the memory of a machine');
}

/** Megabytes of the renderer of a page without a machine. */
export async function plainPageMegabytes(browser: Browser, page: Page): Promise<number> {
  // It has to be told from others, such as the browser's own first page: by a memory that is never touched.
  await page.evaluate((pages) => {
    const mark = new WebAssembly.Memory({ initial: pages, maximum: pages });
    Object.assign(globalThis, { mark });
  }, MARK_PAGES);
  for (const pid of await renderers(browser))
    if (memoryOf(pid, MARK_PAGES * WASM_PAGE) !== undefined) return processMegabytes(pid);
  throw new Error('no renderer has the mark of the page');
}
