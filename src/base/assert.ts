/** Raised when the program itself is wrong (never for bad input: that is a {@link Result} or a named error). */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

/** Stops the program when `condition` does not hold. Asserts stay on in production. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Marks a branch that the types say cannot be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${String(value)}`);
}

/** Turns `undefined` and `null` into an assertion failure; for lookups that cannot miss. */
export function defined<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new AssertionError(`missing: ${what}`);
  return value;
}
