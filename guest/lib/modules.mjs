/**
 * Dependencies of kernel modules, read from the modules themselves: Debian's
 * package has no modules.dep (its maintainer script would make it).
 */
import { GuestError } from './report.mjs';

const ELF_MAGIC = 0x464c457f;
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
/** Offsets in the ELF-64 file header and section header (System V ABI, chapter 4). */
const FILE_SECTION_OFFSET = 0x28;
const FILE_SECTION_ENTRY_SIZE = 0x3a;
const SECTION_NAME = 0;
const SECTION_OFFSET = 24;
const SECTION_SIZE = 32;

/**
 * @param {Uint8Array} elf a 64-bit little-endian ELF file
 * @param {string} wanted
 * @returns {Uint8Array | undefined} the contents of the named section
 * @throws {GuestError} when it is not such a file or is cut short
 */
export function elfSection(elf, wanted) {
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  if (
    elf.length < 64 ||
    view.getUint32(0, true) !== ELF_MAGIC ||
    elf[4] !== CLASS_64 ||
    elf[5] !== LITTLE_ENDIAN
  ) {
    throw new GuestError('A kernel module is not a 64-bit ELF file');
  }
  try {
    const table = Number(view.getBigUint64(FILE_SECTION_OFFSET, true));
    const entrySize = view.getUint16(FILE_SECTION_ENTRY_SIZE, true);
    const count = view.getUint16(FILE_SECTION_ENTRY_SIZE + 2, true);
    const namesIndex = view.getUint16(FILE_SECTION_ENTRY_SIZE + 4, true);
    /** @param {number} index */
    const contents = (index) => {
      const at = table + index * entrySize;
      const offset = Number(view.getBigUint64(at + SECTION_OFFSET, true));
      const size = Number(view.getBigUint64(at + SECTION_SIZE, true));
      return elf.subarray(offset, offset + size);
    };
    const names = contents(namesIndex);
    for (let index = 0; index < count; index += 1) {
      const start = view.getUint32(table + index * entrySize + SECTION_NAME, true);
      const end = names.indexOf(0, start);
      if (Buffer.from(names.subarray(start, end)).toString('latin1') === wanted) {
        return contents(index);
      }
    }
  } catch (error) {
    if (error instanceof RangeError) throw new GuestError('A kernel module is cut short');
    throw error;
  }
  return undefined;
}

/**
 * @param {Uint8Array} elf a kernel module
 * @returns {string[]} names of the modules it needs, as its .modinfo section tells
 */
export function moduleDependencies(elf) {
  const section = elfSection(elf, '.modinfo');
  if (section === undefined) throw new GuestError('A kernel module has no .modinfo section');
  for (const item of Buffer.from(section).toString('latin1').split('\0')) {
    if (item.startsWith('depends=')) {
      return item
        .slice('depends='.length)
        .split(',')
        .filter((name) => name !== '');
    }
  }
  return [];
}

/**
 * A module's file may be called foo-bar.ko where other modules say foo_bar.
 * @param {string} name
 */
export function canonicalModuleName(name) {
  return name.replaceAll('-', '_');
}

/**
 * @param {readonly string[]} wanted
 * @param {(name: string) => Promise<readonly string[]>} dependenciesOf
 * @returns {Promise<string[]>} `wanted` and all they need, each after its dependencies
 * @throws {GuestError} when modules need each other in a circle
 */
export async function loadOrder(wanted, dependenciesOf) {
  /** @type {string[]} */
  const order = [];
  /** @type {Map<string, 'open' | 'done'>} */
  const state = new Map();
  /** @param {string} name */
  const visit = async (name) => {
    if (state.get(name) === 'done') return;
    if (state.get(name) === 'open') throw new GuestError(`Kernel module ${name} needs itself`);
    state.set(name, 'open');
    for (const dependency of await dependenciesOf(name)) {
      await visit(canonicalModuleName(dependency));
    }
    state.set(name, 'done');
    order.push(name);
  };
  for (const name of wanted) await visit(canonicalModuleName(name));
  return order;
}
