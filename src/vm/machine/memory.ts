/** The machine's one memory: engine state and guest RAM (layout.ts). */
import { assert } from '../../base/assert.ts';
import { RAM, RAM_MAX_BYTES } from '../layout.ts';
import { MAX_MEMORY_PAGES } from '../wasm/module.ts';

const WASM_PAGE_BYTES = 65536;
const GUEST_PAGE_BYTES = 4096;

/**
 * Reserves the memory for a guest with `ramBytes` of RAM (a multiple of 4096, at most
 * RAM_MAX_BYTES). Throws RangeError when the host cannot give that much.
 */
export function createMachineMemory(ramBytes: number): WebAssembly.Memory {
  assert(
    ramBytes > 0 && ramBytes <= RAM_MAX_BYTES && ramBytes % GUEST_PAGE_BYTES === 0,
    `no such RAM size: ${ramBytes}`,
  );
  const pages = Math.ceil((RAM + ramBytes) / WASM_PAGE_BYTES);
  // The engines import a memory of at most MAX_MEMORY_PAGES; the reservation is only what is asked for.
  assert(pages <= MAX_MEMORY_PAGES, 'RAM does not fit in a 32-bit memory');
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}
