/**
 * Writer of the kernel's initramfs format: cpio "newc" (Linux,
 * Documentation/driver-api/early-userspace/buffer-format.rst). Written here
 * rather than by the cpio program because device nodes then need no root
 * rights, and because nothing in the result depends on the machine.
 */

const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
const ALIGNMENT = 4;
/** The header's fields are eight hexadecimal digits each. */
const FIELD_LIMIT = 0xffff_ffff;

const TYPE_FILE = 0o100000;
const TYPE_DIRECTORY = 0o040000;
const TYPE_SYMLINK = 0o120000;
const TYPE_CHARACTER_DEVICE = 0o020000;

/**
 * @typedef {{ kind: 'file', path: string, mode: number, data: Uint8Array }
 *   | { kind: 'directory', path: string, mode: number }
 *   | { kind: 'symlink', path: string, target: string }
 *   | { kind: 'character', path: string, mode: number, major: number, minor: number }} CpioEntry
 */

/**
 * @param {CpioEntry} entry
 * @returns {{ mode: number, data: Uint8Array, major: number, minor: number }}
 */
function contentOf(entry) {
  const nothing = new Uint8Array(0);
  switch (entry.kind) {
    case 'file':
      return { mode: TYPE_FILE | entry.mode, data: entry.data, major: 0, minor: 0 };
    case 'directory':
      return { mode: TYPE_DIRECTORY | entry.mode, data: nothing, major: 0, minor: 0 };
    case 'symlink':
      return { mode: TYPE_SYMLINK | 0o777, data: Buffer.from(entry.target), major: 0, minor: 0 };
    case 'character': {
      const { major, minor } = entry;
      return { mode: TYPE_CHARACTER_DEVICE | entry.mode, data: nothing, major, minor };
    }
  }
}

/**
 * @param {string} name
 * @param {{ inode: number, mode: number, links: number, time: number, size: number, major: number, minor: number }} values
 * @returns {Buffer} header and name, padded
 */
function header(name, values) {
  const nameBytes = Buffer.from(`${name}\0`);
  const fields = [
    values.inode,
    values.mode,
    0, // owner: root
    0, // group: root
    values.links,
    values.time,
    values.size,
    0, // device the archive came from
    0,
    values.major,
    values.minor,
    nameBytes.length,
    0, // check sum: only in the "crc" variant
  ];
  const digits = fields.map((value) => {
    if (!Number.isInteger(value) || value < 0 || value > FIELD_LIMIT) {
      throw new RangeError(`cpio: ${name}: ${value} does not fit a header field`);
    }
    return value.toString(16).padStart(8, '0');
  });
  const head = Buffer.concat([Buffer.from(MAGIC + digits.join('')), nameBytes]);
  return Buffer.concat([head, padding(head.length)]);
}

/** @param {number} length */
function padding(length) {
  return Buffer.alloc((ALIGNMENT - (length % ALIGNMENT)) % ALIGNMENT);
}

/**
 * Directories must come before what they hold, as the kernel unpacks in order.
 * @param {readonly CpioEntry[]} entries
 * @param {number} time modification time of everything, seconds since 1970
 * @returns {Buffer}
 * @throws {RangeError} when an entry is twice there, has no folder, or a bad name
 */
export function cpioArchive(entries, time) {
  const folders = new Set(['']);
  const seen = new Set();
  /** @type {Buffer[]} */
  const pieces = [];
  let inode = 0;
  for (const entry of entries) {
    const { path } = entry;
    if (path === '' || path.startsWith('/') || path.includes('\0') || path === TRAILER) {
      throw new RangeError(`cpio: bad name "${path}"`);
    }
    if (seen.has(path)) throw new RangeError(`cpio: ${path} is there twice`);
    seen.add(path);
    const parent = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    if (!folders.has(parent)) throw new RangeError(`cpio: ${path} comes before its folder`);
    if (entry.kind === 'directory') folders.add(path);
    inode += 1;
    const { mode, data, major, minor } = contentOf(entry);
    const links = entry.kind === 'directory' ? 2 : 1;
    pieces.push(
      header(path, { inode, mode, links, time, size: data.length, major, minor }),
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      padding(data.length),
    );
  }
  pieces.push(
    header(TRAILER, { inode: 0, mode: 0, links: 1, time: 0, size: 0, major: 0, minor: 0 }),
  );
  return Buffer.concat(pieces);
}
