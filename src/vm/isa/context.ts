/**
 * What an instruction's description may say. Each engine implements this interface once; the
 * table's semantics are written against it and never know which engine they are in.
 */
import type { Expr, ExprsOf, I32, I64, Stmt, ValueType } from '../wasm/ast.ts';
import type { FloatLeaf, LeafParams, LeafResult, SynchronisedLeaf } from './leaf-signatures.ts';

/** log2 of an access size in bytes. */
export type Log2Size = 0 | 1 | 2 | 3;

/** How a load fills the rest of its register. */
export type Extending = 'signed' | 'zero';

/** What a leaf's result is, given to the rest of the instruction; absent where it returns nothing. */
export type WithResult<R extends ValueType | undefined> = R extends ValueType
  ? (value: Expr<R>) => Stmt
  : () => Stmt;

export interface SemanticContext {
  /** Operand registers of the integer file. Each mention reads the register anew. */
  readonly rs1: I64;
  readonly rs2: I64;
  /** Immediate, sign-extended to 64 bits. */
  readonly imm: I64;
  /** The rs1 field itself as an unsigned number (the immediate of csrrwi and its kin). */
  readonly uimm: I64;
  /** Address of this instruction, and of the one behind it. */
  readonly pc: I64;
  readonly nextPc: I64;
  /** Operand registers of the floating-point file: 64 raw bits. */
  readonly frs1: I64;
  readonly frs2: I64;
  readonly frs3: I64;

  readonly setRd: (value: I64) => Stmt;
  /** Writes the destination in the floating-point file: 64 raw bits, NaN-boxed by the caller. */
  readonly setFrd: (bits: I64) => Stmt;
  /** Evaluates once, and lends the value to the rest. */
  readonly bind: <T extends ValueType>(value: Expr<T>, rest: (value: Expr<T>) => Stmt) => Stmt;

  /** Loads 2^size bytes, extended to 64 bits; traps leave the instruction without effect. */
  readonly load: (
    size: Log2Size,
    extension: Extending,
    address: I64,
    rest: (value: I64) => Stmt,
  ) => Stmt;
  readonly store: (size: Log2Size, address: I64, value: I64) => Stmt;

  /** Ends the instruction: to pc + imm when the condition holds, else to the next one. */
  readonly branch: (condition: I32) => Stmt;
  /** Ends the instruction: to pc + imm. */
  readonly jumpRelative: () => Stmt;
  /** Ends the instruction: to a computed address. */
  readonly jump: (target: I64) => Stmt;
  /** Raises a synchronous exception; ends the instruction. */
  readonly raise: (cause: number, value: I64) => Stmt;
  readonly raiseIllegal: () => Stmt;

  /** Calls a leaf that may trap or change control state; the rest is skipped when it trapped. */
  readonly leaf: <N extends SynchronisedLeaf>(
    name: N,
    args: ExprsOf<LeafParams<N>>,
    rest: WithResult<LeafResult<N>>,
  ) => Stmt;
  /** A softfloat leaf. */
  readonly floatLeaf: <N extends FloatLeaf>(
    name: N,
    ...args: ExprsOf<LeafParams<N>>
  ) => Expr<Extract<LeafResult<N>, ValueType>>;
  /** Lends the resolved rounding mode (0..4); a reserved one is an illegal instruction. */
  readonly roundingMode: (rest: (mode: I32) => Stmt) => Stmt;
  /**
   * `host` where the instruction rounds to nearest even and inexact has been raised: the host's arithmetic then does the
   * same, but for other flags. `exact` elsewhere, with the resolved rounding mode.
   */
  readonly roundedByHost: (host: () => Stmt, exact: (mode: I32) => Stmt) => Stmt;
  /** The accrued exception flags. */
  readonly fflags: I32;
  readonly setFflags: (flags: I32) => Stmt;
}

export type Semantics = (context: SemanticContext) => Stmt;
