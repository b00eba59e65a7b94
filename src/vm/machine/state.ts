/** What a machine is besides its RAM: named, versioned sections (R9). */
export interface Section {
  readonly version: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type MachineState = ReadonlyMap<string, Section>;

/** A saved state that this machine cannot take over. The machine must be thrown away. */
export class MachineStateError extends Error {
  override readonly name = 'MachineStateError';
}
