/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One of `samples` with some bytes changed, cut off, added or doubled; at times plain noise. */
export function mutated(samples: Buffer[], random: () => number): Buffer {
  const upTo = (n: number) => Math.floor(random() * n)
  const noise = (length: number) => Buffer.from(Array.from({ length }, () => upTo(256)))
  if (random() < 0.1) return noise(upTo(600))
  let bytes = Buffer.from(samples[upTo(samples.length)]!)
  for (let i = upTo(6); i > 0 && bytes.length > 0; i--) bytes[upTo(bytes.length)] = upTo(256)
  if (random() < 0.3) bytes = bytes.subarray(0, upTo(bytes.length + 1))
  if (random() < 0.2) bytes = Buffer.concat([bytes, noise(upTo(64))])
  return bytes
}
