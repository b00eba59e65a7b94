/**
 * Compiles translations before the machine's thread gets them. V8 keeps compiled code by the bytes of its module, for
 * all threads of a process, as long as a module made of them lives somewhere; and it compiles a function when
 * that is first called. So another thread makes the module too, and calls each function once, on a memory of its own.
 */
import { CPU_REMAINING } from '../layout.ts';
import { MAX_MEMORY_PAGES } from '../wasm/module.ts';
import { ENTER, type Translation } from './region-code.ts';

/** Nothing that a translation does before it looks at CPU_REMAINING reaches beyond the first 64 KiB. */
const PAGES = 1;

export class CompileAhead {
  readonly #memory = new WebAssembly.Memory({
    initial: PAGES,
    maximum: MAX_MEMORY_PAGES,
    shared: true,
  });
  readonly #remaining = new Int32Array(this.#memory.buffer, CPU_REMAINING, 1);
  readonly #kept: WebAssembly.Module[] = [];
  readonly #most: number;

  /** @param most translations that may be on their way to the machine's thread at a time */
  constructor(most: number) {
    this.#most = most;
  }

  /** Compiles all functions of a translation; they find no instructions left in the slice, and do nothing. */
  compile({ bytes, entries }: Translation): void {
    const module = new WebAssembly.Module(bytes);
    const imports: WebAssembly.Imports = { env: { memory: this.#memory } };
    for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
      if (kind === 'function') (imports[from] ??= {})[name] = notCalled;
    }
    const enter = new WebAssembly.Instance(module, imports).exports[ENTER] as (
      entry: number,
    ) => void;
    for (let entry = 0; entry < entries.length; entry++) {
      this.#remaining[0] = 0;
      enter(entry);
    }
    this.#kept.push(module);
    if (this.#kept.length > this.#most) this.#kept.shift();
  }
}

function notCalled(): never {
  throw new Error('a translation ran with nothing left of its slice');
}
