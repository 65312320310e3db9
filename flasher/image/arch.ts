/** Substring of a name and the architecture that it means; the first hit counts. */
const HINTS: readonly [token: string, arch: string][] = [
  ['x86_64', 'x86_64'],
  ['x86-64', 'x86_64'],
  ['aarch64', 'arm64'],
  ['amd64', 'x86_64'],
  ['arm64', 'arm64'],
  ['armhf', 'arm'],
  ['armv7l', 'arm'],
  ['armv6l', 'armv6'],
  ['riscv64', 'riscv64'],
  ['ppc64le', 'ppc64le'],
  ['s390x', 's390x'],
  ['i686', 'i386'],
  ['i386', 'i386'],
]

/** The architecture that an image's name hints at, or null. For display only: it never restricts a flash. */
export function detectArch(name: string): string | null {
  const lower = name.toLowerCase()
  return HINTS.find(([token]) => lower.includes(token))?.[1] ?? null
}
