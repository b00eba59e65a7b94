/**
 * Where firmware, kernel, initial RAM disk and device tree go in guest RAM, and what the firmware
 * finds in its registers (OpenSBI's fw_dynamic convention; Linux Documentation/arch/riscv/boot.rst
 * and boot-image-header.rst).
 */
import { ByteWriter } from '../../base/bytes.ts';
import { type Result, err, ok } from '../../base/result.ts';
import { RAM_PHYSICAL } from '../layout.ts';

export interface BootFiles {
  /** OpenSBI fw_dynamic. */
  readonly firmware: Uint8Array;
  /** A Linux Image (uncompressed, with the RISC-V image header). */
  readonly kernel: Uint8Array;
  readonly initrd?: Uint8Array | undefined;
  readonly commandLine: string;
}

/** Everything that must be written, and the registers to start with. */
export interface BootPlan {
  readonly writes: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly entry: number;
  readonly deviceTree: number;
  /** a2: address of the fw_dynamic_info structure. */
  readonly dynamicInfo: number;
}

export interface BootError {
  readonly kind: 'not-a-kernel' | 'not-a-firmware' | 'does-not-fit';
  readonly message: string;
}

/** A megapage above the firmware, where Linux wants to be (2 MiB aligned). */
const KERNEL_ADDRESS = RAM_PHYSICAL + 0x200000;
const PAGE = 4096;
/** Room for the device tree, which firmware enlarges in place. */
const DEVICE_TREE_BYTES = 0x10000;
const DYNAMIC_INFO_BYTES = PAGE;

const IMAGE_MAGIC_OFFSET = 0x38;
/** "RSC\x05" */
const IMAGE_MAGIC = 0x05435352;
const IMAGE_SIZE_OFFSET = 0x10;
const IMAGE_HEADER_BYTES = 0x40;

/** fw_dynamic_info: magic "OSBI", version 2, next stage's address and mode, options, boot hart. */
const DYNAMIC_MAGIC = 0x4942534fn;
const DYNAMIC_VERSION = 2n;
const SUPERVISOR_MODE = 1n;

const mib = (bytes: number): string => `${Math.ceil(bytes / 1048576)} MB`;

const imageSize = (kernel: Uint8Array): number | undefined => {
  if (kernel.length < IMAGE_HEADER_BYTES) return undefined;
  const view = new DataView(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  if (view.getUint32(IMAGE_MAGIC_OFFSET, true) !== IMAGE_MAGIC) return undefined;
  return Math.max(Number(view.getBigUint64(IMAGE_SIZE_OFFSET, true)), kernel.length);
};

/**
 * Plans the boot of a Linux kernel. `deviceTree` is called with the initial RAM disk's range once
 * that is known.
 */
export function planBoot(
  files: BootFiles,
  ramBytes: number,
  deviceTree: (initrd: { readonly start: number; readonly end: number } | undefined) => Uint8Array,
): Result<BootPlan, BootError> {
  const size = imageSize(files.kernel);
  if (size === undefined) {
    return err({
      kind: 'not-a-kernel',
      message: 'the kernel is not a RISC-V Linux Image (uncompressed)',
    });
  }
  if (files.firmware.length === 0 || files.firmware.length > KERNEL_ADDRESS - RAM_PHYSICAL) {
    return err({ kind: 'not-a-firmware', message: 'the firmware is empty or larger than 2 MB' });
  }
  const end = RAM_PHYSICAL + ramBytes;
  const dynamicInfo = end - DYNAMIC_INFO_BYTES;
  const treeAddress = dynamicInfo - DEVICE_TREE_BYTES;
  const initrdBytes = files.initrd?.length ?? 0;
  const initrdStart = Math.floor((treeAddress - initrdBytes) / PAGE) * PAGE;
  const kernelEnd = KERNEL_ADDRESS + size;
  if (initrdStart < kernelEnd) {
    const needed = kernelEnd - RAM_PHYSICAL + (end - initrdStart);
    return err({
      kind: 'does-not-fit',
      message: `kernel and initial RAM disk need ${mib(needed)} of guest memory, the machine has ${mib(ramBytes)}`,
    });
  }
  const initrd = files.initrd && { start: initrdStart, end: initrdStart + initrdBytes };
  const tree = deviceTree(initrd);
  if (tree.length > DEVICE_TREE_BYTES / 2) {
    return err({
      kind: 'does-not-fit',
      message: `the device tree has ${tree.length} bytes, too many`,
    });
  }
  const info = new ByteWriter()
    .u64(DYNAMIC_MAGIC)
    .u64(DYNAMIC_VERSION)
    .u64(BigInt(KERNEL_ADDRESS))
    .u64(SUPERVISOR_MODE)
    .u64(0n)
    .u64(0n)
    .finish();
  return ok({
    writes: [
      { address: RAM_PHYSICAL, bytes: files.firmware },
      { address: KERNEL_ADDRESS, bytes: files.kernel },
      ...(files.initrd ? [{ address: initrdStart, bytes: files.initrd }] : []),
      { address: treeAddress, bytes: tree },
      { address: dynamicInfo, bytes: info },
    ],
    entry: RAM_PHYSICAL,
    deviceTree: treeAddress,
    dynamicInfo,
  });
}
