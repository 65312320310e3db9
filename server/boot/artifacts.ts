/** Names of the live media in the boot folder, and which of them boot scripts name. Pure. */

export interface Trio {
  version: string
  arch: string
  kernel: string
  initrd: string
  squashfs: string
  manifest: string
}

const NAME = /^bty-netboot-pc-(x86_64|[a-z0-9]+)-v([A-Za-z0-9._+~-]+?)\.(vmlinuz|initrd|squashfs|sha256)$/

export function trio(version: string, arch = 'x86_64'): Trio {
  const stem = `bty-netboot-pc-${arch}-v${version}`
  return {
    version,
    arch,
    kernel: `${stem}.vmlinuz`,
    initrd: `${stem}.initrd`,
    squashfs: `${stem}.squashfs`,
    manifest: `${stem}.sha256`,
  }
}

/** The trio that a file name belongs to and its role there; null for other files. */
export function trioOf(
  name: string,
): { trio: Trio; role: 'kernel' | 'initrd' | 'squashfs' | 'manifest' } | null {
  const match = NAME.exec(name)
  if (match === null) return null
  const [, arch, version, extension] = match as unknown as [string, string, string, string]
  const role = { vmlinuz: 'kernel', initrd: 'initrd', squashfs: 'squashfs', sha256: 'manifest' } as const
  return { trio: trio(version, arch), role: role[extension as keyof typeof role] }
}

/** Kernel, initrd and squashfs are there; the manifest is not needed to boot. */
export function isComplete(t: Trio, names: ReadonlySet<string>): boolean {
  return names.has(t.kernel) && names.has(t.initrd) && names.has(t.squashfs)
}

/**
 * Version of the trio that boot scripts name: the setting; without one, the newest complete trio of `arch` in the
 * folder; without any, `own`, whose files then answer 404.
 */
export function activeVersion(
  setting: string,
  names: ReadonlySet<string>,
  own: string,
  arch = 'x86_64',
): string {
  if (setting.trim() !== '') return setting.trim().replace(/^v(?=\d)/, '')
  const complete = [...names]
    .map(trioOf)
    .filter((found) => found?.role === 'kernel' && found.trio.arch === arch && isComplete(found.trio, names))
    .map((found) => found!.trio.version)
  return complete.sort(byVersion).at(-1) ?? own
}

/**
 * True for the kernel or initrd of a trio whose kernel and initrd are both in the folder: fetching one proves that the
 * machine boots it.
 */
export function provesLiveBoot(name: string, names: ReadonlySet<string>): boolean {
  const found = trioOf(name)
  if (found === null || (found.role !== 'kernel' && found.role !== 'initrd')) return false
  return names.has(found.trio.kernel) && names.has(found.trio.initrd)
}

/** Numbers compare as numbers, a release follows its pre-releases: 0.9.0, 0.10.0-rc.1, 0.10.0. */
export function byVersion(a: string, b: string): number {
  const [left, right] = [a.split(/[.+~-]/), b.split(/[.+~-]/)]
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]]
    if (x === y) continue
    if (x === undefined) return /^\d/.test(y!) ? -1 : 1
    if (y === undefined) return /^\d/.test(x) ? 1 : -1
    const [m, n] = [Number(x), Number(y)]
    if (!Number.isNaN(m) && !Number.isNaN(n)) return m - n
    return x < y ? -1 : 1
  }
  return 0
}
