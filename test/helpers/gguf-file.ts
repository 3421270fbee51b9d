/** Pieces of GGUF files, for tests that need wrong ones. Little-endian, as the format has it. */
export const gguf = {
  u32(value: number): Buffer {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32LE(value)
    return bytes
  },
  u64(value: number | bigint): Buffer {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(value))
    return bytes
  },
  text(value: string): Buffer {
    const bytes = Buffer.from(value)
    return Buffer.concat([gguf.u64(bytes.length), bytes])
  },
  header(counts: { tensors?: number | bigint; keys?: number | bigint; version?: number } = {}): Buffer {
    const { tensors = 0, keys = 0, version = 3 } = counts
    return Buffer.concat([Buffer.from('GGUF'), gguf.u32(version), gguf.u64(tensors), gguf.u64(keys)])
  },
  stringKey(key: string, value: string): Buffer {
    return Buffer.concat([gguf.text(key), gguf.u32(8), gguf.text(value)])
  },
  u32Key(key: string, value: number): Buffer {
    return Buffer.concat([gguf.text(key), gguf.u32(4), gguf.u32(value)])
  },
  tensor(
    name: string,
    dimensions: readonly (number | bigint)[],
    type = 0,
    offset: number | bigint = 0,
  ): Buffer {
    return Buffer.concat([
      gguf.text(name),
      gguf.u32(dimensions.length),
      ...dimensions.map((dimension) => gguf.u64(dimension)),
      gguf.u32(type),
      gguf.u64(offset),
    ])
  },
}
