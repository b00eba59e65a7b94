/**
 * `node bench/v86/machine.mjs FOLDER`: boots the guest in FOLDER on v86, whose serial port is this
 * process's standard input and output. Ends when the input does.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { V86 } from 'v86';

/** Of Debian's package seabios. */
const FIRMWARE = '/usr/share/seabios';
/** As much as the guest on the other machines has. */
const MEMORY_BYTES = 256 << 20;
/** A text console needs no more. */
const VIDEO_BYTES = 2 << 20;
/** Guards against flaws of real processors would only slow an emulated one down. */
const COMMAND_LINE = 'console=ttyS0 quiet mitigations=off';

/** @param {string} path */
async function image(path) {
  const { buffer, byteOffset, length } = await readFile(path);
  return { buffer: buffer.slice(byteOffset, byteOffset + length) };
}

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: node bench/v86/machine.mjs FOLDER');
const build = dirname(createRequire(import.meta.url).resolve('v86'));
const machine = new V86({
  wasm_path: join(build, 'v86.wasm'),
  memory_size: MEMORY_BYTES,
  vga_memory_size: VIDEO_BYTES,
  bios: await image(join(FIRMWARE, 'bios.bin')),
  vga_bios: await image(join(FIRMWARE, 'vgabios-stdvga.bin')),
  bzimage: await image(join(folder, 'vmlinuz')),
  initrd: await image(join(folder, 'initrd.img')),
  cmdline: COMMAND_LINE,
  disable_keyboard: true,
  disable_mouse: true,
  disable_speaker: true,
  autostart: true,
});
machine.add_listener('serial0-output-byte', (/** @type {number} */ byte) => {
  process.stdout.write(Uint8Array.of(byte));
});
process.stdin.setEncoding('utf8');
process.stdin.on('data', (/** @type {string} */ text) => machine.serial0_send(text));
process.stdin.on('end', () => process.exit());
