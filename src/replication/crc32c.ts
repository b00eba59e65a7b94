/** CRC-32C (Castagnoli), RFC 3720 appendix B.4: reflected polynomial 0x82f63b78. */

const POLYNOMIAL = 0x82f63b78;
/** Bytes taken at once ("slicing by 4"): frames of 64 KiB are checked on every hop. */
const SLICES = 4;

const tables = makeTables();

function makeTables(): readonly Uint32Array[] {
  const first = new Uint32Array(256);
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? POLYNOMIAL : 0);
    first[i] = value;
  }
  const made = [first];
  for (let slice = 1; slice < SLICES; slice++) {
    const previous = made[slice - 1] as Uint32Array;
    made.push(previous.map((value) => (value >>> 8) ^ (first[value & 0xff] as number)));
  }
  return made;
}

/** The checksum of some bytes; give the checksum of what came before as `start` to continue. */
export function crc32c(bytes: Uint8Array, start = 0): number {
  const [t0, t1, t2, t3] = tables as readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  const { length } = bytes;
  let crc = ~start;
  let at = 0;
  for (; at + SLICES <= length; at += SLICES) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (t3[crc & 0xff] as number) ^
      (t2[(crc >>> 8) & 0xff] as number) ^
      (t1[(crc >>> 16) & 0xff] as number) ^
      (t0[crc >>> 24] as number);
  }
  for (; at < length; at++)
    crc = (crc >>> 8) ^ (t0[(crc ^ (bytes[at] as number)) & 0xff] as number);
  return ~crc >>> 0;
}
