/** A device number of `stat` as the kernel writes it, `8:16` (Linux, `gnu_dev_major(3)`). */
export function devNoOf(rdev: number): string {
  const number = BigInt(rdev)
  const major = ((number >> 8n) & 0xfffn) | ((number >> 32n) & 0xfffff000n)
  const minor = (number & 0xffn) | ((number >> 12n) & 0xffffff00n)
  return `${major}:${minor}`
}
