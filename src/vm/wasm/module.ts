/** Puts functions together to a module (WebAssembly Core Specification 2.0, 5.5). */
import { assert, defined } from '../../base/assert.ts';
import type { FunctionRef, Local, Stmt, ValueType } from './ast.ts';
import { local } from './ast.ts';
import { type BranchHint, CodeWriter, FunctionEncoder, VALUE_TYPE_CODE } from './encode.ts';

/** 64 KiB pages: the largest memory that 32-bit addresses reach. */
export const MAX_MEMORY_PAGES = 65536;

const TABLE_FUNCTION: FunctionRef = { name: '', params: ['i32'], result: undefined };

/** A function of a module as it was defined. */
export interface DefinedFunction {
  readonly ref: FunctionRef;
  readonly parameters: readonly Local[];
  readonly body: Stmt;
}

type Definition = Omit<DefinedFunction, 'body'> & { body: Stmt | undefined };

interface Import {
  readonly module: string;
  readonly ref: FunctionRef;
}

/** The parameters of a function as locals, in order. */
export const parameters = <P extends readonly ValueType[]>(
  types: P,
  ...names: string[]
): { readonly [K in keyof P]: Local<P[K] & ValueType> } =>
  types.map((type, i) => local(type, names[i] ?? `p${i}`)) as unknown as {
    readonly [K in keyof P]: Local<P[K] & ValueType>;
  };

/** The custom section that tells compilers which way branches go, by the functions' indices in rising order. */
const branchHints = (
  functions: readonly { readonly index: number; readonly hints: readonly BranchHint[] }[],
): CodeWriter => {
  const section = new CodeWriter().name('metadata.code.branch_hint').unsigned(functions.length);
  for (const { index, hints } of functions) {
    section.unsigned(index).unsigned(hints.length);
    // Each hint is one byte long.
    for (const { offset, likely } of hints) section.unsigned(offset).byte(1, likely ? 1 : 0);
  }
  return section;
};

/**
 * A module with one imported shared memory (`env.memory`), imported functions and defined ones.
 * Imports must be declared before anything is encoded.
 */
export class ModuleBuilder {
  readonly #imports: Import[] = [];
  readonly #definitions: Definition[] = [];
  #importsTable = false;
  readonly #exports: { name: string; ref: FunctionRef }[] = [];

  importFunction<P extends readonly ValueType[], R extends ValueType | undefined>(
    module: string,
    name: string,
    params: P,
    result: R,
  ): FunctionRef<P, R> {
    const ref = { name, params, result };
    this.#imports.push({ module, ref });
    return ref;
  }

  /** Imports `env.table`, for `call_indirect`. */
  importTable(): void {
    this.#importsTable = true;
  }

  /** Declares a function that is yet to be defined, so that others can call it. */
  declareFunction<const P extends readonly Local[], R extends ValueType | undefined>(
    name: string,
    params: P,
    result: R,
  ): FunctionRef<{ readonly [K in keyof P]: P[K]['type'] }, R> {
    const types = params.map((p) => p.type) as { readonly [K in keyof P]: P[K]['type'] };
    const ref = { name, params: types, result };
    this.#definitions.push({ ref, parameters: params, body: undefined });
    return ref;
  }

  /** Defines a function that was declared; `body` sees its parameters as locals. */
  setBody(ref: FunctionRef, body: Stmt): void {
    const definition = this.#definitions.find((d) => d.ref === ref);
    assert(definition?.body === undefined, `function ${ref.name} is defined twice`);
    defined(definition, `function ${ref.name}`).body = body;
  }

  /** Declares and defines a function. */
  defineFunction<const P extends readonly Local[], R extends ValueType | undefined>(
    name: string,
    params: P,
    result: R,
    body: Stmt,
  ): FunctionRef<{ readonly [K in keyof P]: P[K]['type'] }, R> {
    const ref = this.declareFunction(name, params, result);
    this.setBody(ref, body);
    return ref;
  }

  exportFunction(ref: FunctionRef): void {
    this.#exports.push({ name: ref.name, ref });
  }

  /** What was defined, in order. */
  get functions(): readonly DefinedFunction[] {
    return this.#definitions.map(({ ref, parameters: locals, body }) => ({
      ...{ ref, parameters: locals, body: defined(body, ref.name) },
    }));
  }

  /** What was imported, in order. */
  get imports(): readonly { readonly module: string; readonly ref: FunctionRef }[] {
    return this.#imports;
  }

  /** The module's bytes. */
  encode(): Uint8Array<ArrayBuffer> {
    const refs = [...this.#imports.map((i) => i.ref), ...this.#definitions.map((d) => d.ref)];
    const index = new Map(refs.map((ref, i) => [ref, i]));
    const indexOf = (ref: FunctionRef): number => defined(index.get(ref), `function ${ref.name}`);
    const signature = (ref: FunctionRef): string => `${ref.params.join()}:${ref.result ?? ''}`;
    // TABLE_CALL_TYPE comes first.
    const types = [...new Set([signature(TABLE_FUNCTION), ...refs.map(signature)])];
    const typeOf = (ref: FunctionRef): number => types.indexOf(signature(ref));

    const out = new CodeWriter().byte(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);
    const section = (id: number, content: CodeWriter): void => {
      out.byte(id).unsigned(content.bytes.length).append(content.bytes);
    };

    const typeSection = new CodeWriter().unsigned(types.length);
    for (const text of types) {
      const ref = refs.find((r) => signature(r) === text) ?? TABLE_FUNCTION;
      typeSection.byte(0x60).unsigned(ref.params.length);
      for (const param of ref.params) typeSection.byte(VALUE_TYPE_CODE[param]);
      if (ref.result === undefined) typeSection.unsigned(0);
      else typeSection.unsigned(1).byte(VALUE_TYPE_CODE[ref.result]);
    }
    section(1, typeSection);

    const importSection = new CodeWriter().unsigned(
      this.#imports.length + (this.#importsTable ? 2 : 1),
    );
    // Flags 0x03: shared, with a maximum.
    importSection
      .name('env')
      .name('memory')
      .byte(0x02, 0x03)
      .unsigned(1)
      .unsigned(MAX_MEMORY_PAGES);
    // A table of function references of any size.
    if (this.#importsTable) importSection.name('env').name('table').byte(0x01, 0x70, 0x00, 0x00);
    for (const { module, ref } of this.#imports) {
      importSection.name(module).name(ref.name).byte(0x00).unsigned(typeOf(ref));
    }
    section(2, importSection);

    const functionSection = new CodeWriter().unsigned(this.#definitions.length);
    for (const { ref } of this.#definitions) functionSection.unsigned(typeOf(ref));
    section(3, functionSection);

    const exportSection = new CodeWriter().unsigned(this.#exports.length);
    for (const { name, ref } of this.#exports)
      exportSection.name(name).byte(0x00).unsigned(indexOf(ref));
    section(7, exportSection);

    const entries = this.#definitions.map(({ ref, parameters: locals, body }) =>
      new FunctionEncoder(locals, indexOf).encode(defined(body, ref.name)),
    );
    const hinted = entries
      .map(({ hints }, number) => ({ hints, index: this.#imports.length + number }))
      .filter(({ hints }) => hints.length > 0);
    if (hinted.length > 0) section(0, branchHints(hinted));
    const codeSection = new CodeWriter().unsigned(entries.length);
    for (const { bytes } of entries) codeSection.unsigned(bytes.length).append(bytes);
    section(10, codeSection);
    return out.bytes.slice();
  }
}
