/** The snapshot container: the door to its format, reader and writer. */
export * from './snapshot-format.ts';
export * from './snapshot-reader.ts';
export * from './snapshot-writer.ts';
