/**
 * The part of the WebAssembly JavaScript interface that `vm` uses. TypeScript declares it only in
 * the DOM and worker libraries, which this wing is compiled without.
 */
declare namespace WebAssembly {
  type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'anyfunc' | 'externref';
  type ExportValue = Function | Global | Memory | Table;
  type Exports = Record<string, ExportValue>;
  type ImportValue = ExportValue | number | bigint;
  type Imports = Record<string, Record<string, ImportValue>>;

  interface Memory {
    /** Detached and replaced when an unshared memory grows; a shared one keeps its bytes. */
    readonly buffer: ArrayBuffer | SharedArrayBuffer;
    grow(pages: number): number;
  }
  var Memory: {
    prototype: Memory;
    /** Sizes in pages of 64 KiB; throws RangeError when the host cannot provide them. */
    new (descriptor: {
      readonly initial: number;
      readonly maximum?: number;
      readonly shared?: boolean;
    }): Memory;
  };

  interface Table {
    readonly length: number;
    get(index: number): Function | null;
    set(index: number, value: Function | null): void;
    grow(entries: number): number;
  }
  var Table: {
    prototype: Table;
    new (descriptor: {
      readonly element: 'anyfunc';
      readonly initial: number;
      readonly maximum?: number;
    }): Table;
  };

  interface Global {
    value: number | bigint;
  }
  var Global: {
    prototype: Global;
    new (
      descriptor: { readonly value: ValueType; readonly mutable?: boolean },
      value?: number | bigint,
    ): Global;
  };

  interface ModuleExportDescriptor {
    readonly name: string;
    readonly kind: 'function' | 'table' | 'memory' | 'global' | 'tag';
  }
  interface ModuleImportDescriptor extends ModuleExportDescriptor {
    readonly module: string;
  }
  interface Module {
    readonly [moduleBrand]?: never;
  }
  var Module: {
    prototype: Module;
    new (bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Module;
    exports(module: Module): ModuleExportDescriptor[];
    imports(module: Module): ModuleImportDescriptor[];
  };
  const moduleBrand: unique symbol;

  interface Instance {
    readonly exports: Exports;
  }
  var Instance: {
    prototype: Instance;
    new (module: Module, imports?: Imports): Instance;
  };

  interface RuntimeError extends Error {}
  var RuntimeError: { new (message?: string): RuntimeError; prototype: RuntimeError };
  interface CompileError extends Error {}
  var CompileError: { new (message?: string): CompileError; prototype: CompileError };
  interface LinkError extends Error {}
  var LinkError: { new (message?: string): LinkError; prototype: LinkError };

  function validate(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): boolean;
  function compile(bytes: ArrayBuffer | Uint8Array<ArrayBuffer>): Promise<Module>;
}
