import type { StateCreator } from 'zustand/vanilla';
import type { UiState } from './store.ts';

/**
 * Who protects the machine. With one tab alone there is one honest answer; the pair adds its own
 * (copying, protected, taken over, lost) as further members with the fields they carry.
 */
export type ProtectionView = { readonly kind: 'unprotected' };

export interface ProtectionSlice {
  readonly protection: ProtectionView;
}

export const createProtectionSlice: StateCreator<UiState, [], [], ProtectionSlice> = () => ({
  protection: { kind: 'unprotected' },
});
