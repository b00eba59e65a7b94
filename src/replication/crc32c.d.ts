/** CRC-32C (Castagnoli), RFC 3720 appendix B.4: reflected polynomial 0x82f63b78. */
/** The checksum of some bytes; give the checksum of what came before as `start` to continue. */
export declare function crc32c(bytes: Uint8Array, start?: number): number;
//# sourceMappingURL=crc32c.d.ts.map