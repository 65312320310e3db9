// Node has it; TypeScript declares it only together with the browser's types.
declare const WebAssembly: {
  Memory: new (size: { initial: number; maximum: number }) => { buffer: ArrayBuffer }
}

const PAGE = 64 * 1024

/** Buffers that direct I/O accepts: WebAssembly memory starts on a page boundary, plain Buffers need not. */
export function alignedBuffers(count: number, bytes: number): Buffer[] {
  const pages = Math.ceil((count * bytes) / PAGE)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  return Array.from({ length: count }, (_, i) => Buffer.from(memory.buffer, i * bytes, bytes))
}
