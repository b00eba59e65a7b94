/**
 * WebAssembly code as a typed tree. The type parameter of {@link Expr} is the value's WebAssembly
 * type, so that TypeScript rejects an i32 where an i64 belongs; `encode.ts` turns the tree into
 * bytes and `print.ts` into text.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64';

/** An expression that leaves one value of type `T` on the stack. */
export type Expr<T extends ValueType = ValueType> = ExprShape & { readonly type: T };

export type I32 = Expr<'i32'>;
export type I64 = Expr<'i64'>;
export type F32 = Expr<'f32'>;
export type F64 = Expr<'f64'>;

type ExprShape =
  | { readonly kind: 'const'; readonly value: number | bigint }
  | { readonly kind: 'local'; readonly local: Local }
  | { readonly kind: 'op'; readonly op: Operator; readonly args: readonly Expr[] }
  | { readonly kind: 'load'; readonly op: Operator; readonly address: I32; readonly offset: number }
  | { readonly kind: 'call'; readonly callee: FunctionRef; readonly args: readonly Expr[] };

/** A plain instruction: its text name and its opcode bytes. */
export interface Operator {
  readonly mnemonic: string;
  readonly opcode: readonly number[];
}

/** A local variable or parameter; its index is given when its function is encoded. */
export interface Local<T extends ValueType = ValueType> {
  readonly type: T;
  readonly name: string;
}

/** A branch target; its depth is found when the branch is encoded. */
export interface Label {
  readonly name: string;
}

/** A function of the module, imported or defined. */
export interface FunctionRef<
  P extends readonly ValueType[] = readonly ValueType[],
  R extends ValueType | undefined = ValueType | undefined,
> {
  readonly name: string;
  readonly params: P;
  readonly result: R;
}

/** A statement: leaves the stack as it found it. */
export type Stmt =
  | {
      readonly kind: 'seq';
      readonly body: readonly Stmt[];
      /** What it was made from, for whoever prints it; no part of the code. */
      readonly origin?: object;
    }
  | { readonly kind: 'set'; readonly local: Local; readonly value: Expr }
  | {
      readonly kind: 'store';
      readonly op: Operator;
      readonly address: I32;
      readonly offset: number;
      readonly value: Expr;
    }
  | {
      readonly kind: 'if';
      readonly condition: I32;
      readonly then: Stmt;
      readonly otherwise: Stmt | undefined;
      /** A hint for compilers: whether the condition nearly always, or hardly ever, holds. */
      readonly likely: boolean | undefined;
    }
  | { readonly kind: 'block'; readonly label: Label; readonly body: Stmt }
  | { readonly kind: 'loop'; readonly label: Label; readonly body: Stmt }
  | { readonly kind: 'br'; readonly label: Label }
  | { readonly kind: 'br_if'; readonly label: Label; readonly condition: I32 }
  | {
      readonly kind: 'switch';
      readonly index: I32;
      readonly cases: readonly Stmt[];
      readonly otherwise: Stmt;
    }
  | { readonly kind: 'call'; readonly callee: FunctionRef; readonly args: readonly Expr[] }
  /** Calls entry `index` of the module's table: a function that takes one i32 and gives nothing. */
  | { readonly kind: 'call_indirect'; readonly index: I32; readonly argument: I32 }
  /** Returns by calling another function in this one's place: the stack does not grow. */
  | { readonly kind: 'return_call'; readonly callee: FunctionRef; readonly args: readonly Expr[] }
  | { readonly kind: 'drop'; readonly value: Expr }
  | { readonly kind: 'return'; readonly value: Expr | undefined }
  | { readonly kind: 'unreachable' };

export type ExprsOf<P extends readonly ValueType[]> = {
  readonly [K in keyof P]: Expr<P[K] & ValueType>;
};

// ---- statements ------------------------------------------------------------------------------

export const seq = (...body: readonly Stmt[]): Stmt => ({ kind: 'seq', body });
/** A sequence that `print.ts` says the origin of. */
export const madeFrom = (origin: object, ...body: readonly Stmt[]): Stmt => ({
  kind: 'seq',
  body,
  origin,
});
export const nothing: Stmt = { kind: 'seq', body: [] };
export const local = <T extends ValueType>(type: T, name: string): Local<T> => ({ type, name });
export const label = (name: string): Label => ({ name });
export const set = <T extends ValueType>(target: Local<T>, value: Expr<T>): Stmt => ({
  kind: 'set',
  local: target,
  value,
});
export const when = (condition: I32, then: Stmt, otherwise?: Stmt): Stmt => ({
  kind: 'if',
  condition,
  then,
  otherwise,
  likely: undefined,
});
/** `when` that nearly always comes to `then`: compilers move `otherwise` out of the way. */
export const likely = (condition: I32, then: Stmt, otherwise: Stmt): Stmt => ({
  ...{ kind: 'if', condition, then, otherwise, likely: true },
});
/** `when` that hardly ever comes to `then`. */
export const unlikely = (condition: I32, then: Stmt, otherwise?: Stmt): Stmt => ({
  ...{ kind: 'if', condition, then, otherwise, likely: false },
});
export const block = (target: Label, ...body: readonly Stmt[]): Stmt => ({
  kind: 'block',
  label: target,
  body: seq(...body),
});
export const loop = (target: Label, ...body: readonly Stmt[]): Stmt => ({
  kind: 'loop',
  label: target,
  body: seq(...body),
});
export const br = (target: Label): Stmt => ({ kind: 'br', label: target });
export const brIf = (target: Label, condition: I32): Stmt => ({
  kind: 'br_if',
  label: target,
  condition,
});
/** `br_table` over the cases; every case that does not branch away continues behind the switch. */
export const switchOf = (index: I32, cases: readonly Stmt[], otherwise: Stmt): Stmt => ({
  kind: 'switch',
  index,
  cases,
  otherwise,
});
export const callIndirect = (index: I32, argument: I32): Stmt => ({
  kind: 'call_indirect',
  index,
  argument,
});
export const drop = (value: Expr): Stmt => ({ kind: 'drop', value });
export const returns = (value?: Expr): Stmt => ({ kind: 'return', value });

// ---- expressions -----------------------------------------------------------------------------

export const get = <T extends ValueType>(source: Local<T>): Expr<T> => ({
  kind: 'local',
  type: source.type,
  local: source,
});

/** Calls a function that returns a value. */
export const call = <P extends readonly ValueType[], R extends ValueType>(
  callee: FunctionRef<P, R>,
  ...args: ExprsOf<P>
): Expr<R> => ({ kind: 'call', type: callee.result, callee, args: args });

/** Calls a function that returns nothing. */
export const callVoid = <P extends readonly ValueType[]>(
  callee: FunctionRef<P, undefined>,
  ...args: ExprsOf<P>
): Stmt => ({ kind: 'call', callee, args: args });

/** Goes on in another function without results, for good. */
export const returnCall = <P extends readonly ValueType[]>(
  callee: FunctionRef<P, undefined>,
  ...args: ExprsOf<P>
): Stmt => ({ kind: 'return_call', callee, args: args });
