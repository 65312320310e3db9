/** Formats that a disk image can have, longest extension first. The extension is the name after a dot. */
export const FORMATS = ['img.zst', 'img.xz', 'img.gz', 'img.bz2', 'qcow2', 'img'] as const
export type Format = (typeof FORMATS)[number]

const TARBALLS = ['.tar.gz', '.tar.xz', '.tar.bz2', '.tar.zst', '.tgz', '.txz', '.tbz2', '.tzst']

/** The format that a file name promises, in any case; null when it promises none. */
export function detectFormat(name: string): Format | null {
  const lower = name.toLowerCase()
  return FORMATS.find((format) => lower.endsWith(`.${format}`)) ?? null
}

/** The same for an address: its last path segment counts, and a query does not. */
export function detectUrlFormat(url: string): Format | null {
  return detectFormat(url.split(/[?#]/, 1)[0]!)
}

/** A packed tar archive: its inner stream begins with tar headers, so it must be unpacked before it can be flashed. */
export function isTarball(name: string): boolean {
  const lower = name.toLowerCase()
  return TARBALLS.some((suffix) => lower.endsWith(suffix))
}

export function isFormat(text: string): text is Format {
  return (FORMATS as readonly string[]).includes(text)
}
