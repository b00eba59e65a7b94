import type { StateCreator } from 'zustand/vanilla';
import type { UiState } from './store.ts';

/** What runs here, in names. */
export interface GuestFacts {
  /** `Debian 13 (trixie)` */
  readonly system: string;
  /** The kernel's release, as `uname -r` says it: `6.12.48+deb13-riscv64`. */
  readonly kernel: string;
}

export interface GuestSlice {
  /** Undefined until the manifest was read. */
  readonly guest: GuestFacts | undefined;
  readonly setGuest: (guest: GuestFacts) => void;
}

export const createGuestSlice: StateCreator<UiState, [], [], GuestSlice> = (set) => ({
  guest: undefined,
  setGuest: (guest) => {
    set({ guest });
  },
});
