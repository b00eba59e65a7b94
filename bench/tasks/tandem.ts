/** Our machine on Node, through the command line. */
import type { EngineName } from '../../src/vm/machine/engine.ts';
import { commandLine } from '../command-line.ts';
import { answers, type Guest } from './guest.ts';
import { startProcess } from './process-shell.ts';

/** Starts the guest with an engine, resumed from its snapshot or booted. */
export function startTandem(engine: EngineName, cold: boolean): Promise<Guest> {
  const start = commandLine('run', '--stats', '--engine', engine, ...(cold ? ['--cold'] : []));
  const shell = ['--exec', 'exec bash'];
  return startProcess(`the machine with engine ${engine}`, [...start, ...shell], answers);
}
