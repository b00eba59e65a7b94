import { bit, field } from './bits.ts';
import type { Hart } from './hart.ts';
import { MACHINE, MPP, MPRV, MXR, SATP_BARE, SUM, SUPERVISOR, USER } from './status.ts';
import type { Privilege } from './status.ts';
import { accessFault, pageFault } from './trap.ts';
import type { Access } from './trap.ts';

/** Sv39 address translation (privileged manual, "Virtual Address Translation Process"). */

const LEVELS = 3;
const PTE_BYTES = 8;
const PAGE_BITS = 12;
const V = 0;
const R = 1;
const W = 2;
const X = 3;
const U = 4;
const A = 6;
const D = 7;
const SV39_BITS = 39;

/** The privilege that loads and stores have: MPP's while mstatus.MPRV is set in M. */
export function dataPrivilege(hart: Hart): Privilege {
  if (hart.privilege !== MACHINE || (hart.mstatus & MPRV) === 0n) return hart.privilege;
  return Number((hart.mstatus & MPP) >> 11n) as Privilege;
}

export const effectivePrivilege = (hart: Hart, access: Access): Privilege =>
  access === 'fetch' ? hart.privilege : dataPrivilege(hart);

/**
 * The physical address of `address`; throws page and access faults whose tval is `address`. With
 * `update` false nothing changes, as if only asking.
 */
export function translate(hart: Hart, address: bigint, access: Access, update = true): bigint {
  const privilege = effectivePrivilege(hart, access);
  if (privilege === MACHINE || hart.satp >> 60n === SATP_BARE) return address;
  if (BigInt.asUintN(64, BigInt.asIntN(SV39_BITS, address)) !== address)
    throw pageFault(access, address);

  let table = field(hart.satp, 43, 0) << BigInt(PAGE_BITS);
  for (let level = LEVELS - 1; level >= 0; level--) {
    const low = PAGE_BITS + 9 * level;
    const pteAddress = table + field(address, low + 8, low) * BigInt(PTE_BYTES);
    const pte = readPte(hart, pteAddress, address, access);
    if (!bit(pte, V) || (!bit(pte, R) && bit(pte, W)) || field(pte, 63, 54) !== 0n)
      throw pageFault(access, address);
    if (!bit(pte, R) && !bit(pte, X)) {
      // A pointer to the next level: D, A and U are reserved there.
      if (bit(pte, D) || bit(pte, A) || bit(pte, U)) throw pageFault(access, address);
      table = field(pte, 53, 10) << BigInt(PAGE_BITS);
      continue;
    }
    checkPermission(hart, pte, address, access, privilege);
    const offsetBits = BigInt(low);
    const physicalPage = field(pte, 53, 10) << BigInt(PAGE_BITS);
    const offset = BigInt.asUintN(low, address);
    // The low page number fields of a superpage must be zero.
    if ((physicalPage >> offsetBits) << offsetBits !== physicalPage)
      throw pageFault(access, address);
    if (update) setAccessed(hart, pteAddress, pte, address, access);
    return physicalPage | offset;
  }
  throw pageFault(access, address);
}

function readPte(hart: Hart, pteAddress: bigint, address: bigint, access: Access): bigint {
  if (!hart.memory.isRam(pteAddress, PTE_BYTES)) throw accessFault(access, address);
  if (!hart.pmp.allows(pteAddress, PTE_BYTES, 'load', SUPERVISOR))
    throw accessFault(access, address);
  return hart.memory.read(pteAddress, PTE_BYTES) ?? 0n;
}

function checkPermission(
  hart: Hart,
  pte: bigint,
  address: bigint,
  access: Access,
  privilege: Privilege,
): void {
  const userPage = bit(pte, U);
  const denied =
    privilege === USER
      ? !userPage
      : userPage && (access === 'fetch' || (hart.mstatus & SUM) === 0n);
  const allowed = {
    fetch: bit(pte, X),
    load: bit(pte, R) || ((hart.mstatus & MXR) !== 0n && bit(pte, X)),
    store: bit(pte, W),
  }[access];
  if (denied || !allowed) throw pageFault(access, address);
}

/** Hardware sets A at every access and D at stores; PMP must allow the page table to be written. */
function setAccessed(
  hart: Hart,
  pteAddress: bigint,
  pte: bigint,
  address: bigint,
  access: Access,
): void {
  const updated = pte | (1n << BigInt(A)) | (access === 'store' ? 1n << BigInt(D) : 0n);
  if (updated === pte) return;
  if (!hart.pmp.allows(pteAddress, PTE_BYTES, 'store', SUPERVISOR))
    throw accessFault(access, address);
  hart.memory.write(pteAddress, PTE_BYTES, updated);
}
