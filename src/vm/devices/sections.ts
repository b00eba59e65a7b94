import type { ByteReader, ByteWriter } from '../../base/bytes.ts';
import { ByteReader as Reader } from '../../base/bytes.ts';
import { DeviceStateError, type Device } from './device.ts';

/** No machine has more devices than the PLIC has sources. */
const MAX_SECTIONS = 128;
const MAX_NAME_BYTES = 64;
/** Above the largest device state (a full network backlog, 100 KB) with room for growth. */
const MAX_SECTION_BYTES = 4 << 20;

/** Writes a section per device: name, version, length, content (R9). */
export function saveDevices(devices: ReadonlyMap<string, Device>, writer: ByteWriter): void {
  writer.u32(devices.size);
  for (const [name, device] of devices) {
    writer
      .text(name)
      .u16(device.version)
      .nested((section) => {
        device.save(section);
      });
  }
}

interface Section {
  readonly version: number;
  readonly content: Uint8Array;
}

function readSections(reader: ByteReader): Map<string, Section> {
  const count = reader.u32();
  if (count > MAX_SECTIONS) throw new DeviceStateError(`${count} device sections are too many`);
  const sections = new Map<string, Section>();
  for (let i = 0; i < count; i++) {
    const name = reader.text(MAX_NAME_BYTES);
    const version = reader.u16();
    const content = reader.bytes(MAX_SECTION_BYTES);
    if (sections.has(name)) throw new DeviceStateError(`device section ${name} occurs twice`);
    sections.set(name, { version, content });
  }
  return sections;
}

/**
 * Gives each device its section, by name. A device without one gets its power-on state: it did not
 * exist in the release that saved (R9).
 *
 * @throws {DeviceStateError} for a section of a device that this machine lacks, of a newer version,
 *   with bytes left over, or that the device refuses. Devices may then be half restored: discard the machine.
 * @throws {TruncatedError} when a section is too short.
 */
export function restoreDevices(devices: ReadonlyMap<string, Device>, reader: ByteReader): void {
  const sections = readSections(reader);
  for (const [name, { version }] of sections) {
    const device = devices.get(name);
    if (device === undefined) throw new DeviceStateError(`this machine has no device ${name}`);
    if (version > device.version) {
      throw new DeviceStateError(
        `device section ${name} has version ${version}, known is ${device.version}`,
      );
    }
  }
  for (const [name, device] of devices) {
    const section = sections.get(name);
    if (section === undefined) {
      device.reset();
      continue;
    }
    const content = new Reader(section.content);
    device.restore(content, section.version);
    if (content.remaining !== 0) {
      throw new DeviceStateError(`device section ${name} has ${content.remaining} bytes too many`);
    }
  }
}
