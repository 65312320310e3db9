/** Which files a release consists of, and what its manifests say of them. Pure; the table is the design. */
import { type Artifact, releaseToml } from '../../media/release-toml.ts'

export type Asset = Artifact

/** What is attached, where it is built, and how it is recognised there. The reference's other files are in `DROPPED`. */
const ATTACHED: readonly { from: string; pattern: RegExp }[] = [
  {
    from: 'dist/media',
    pattern: /^bty-(netboot|usbboot)-.+\.(vmlinuz|initrd|squashfs|iso|img\.gz|img\.zst|sha256)$/,
  },
  { from: 'dist/packages', pattern: /\.(deb|rpm|AppImage|pacman|dmg|zip|exe)$/ },
  { from: 'dist/release', pattern: /^bty-console-.+\.cdx\.json$/ },
]

/** Files of the reference's releases that ours do not have, and why. */
export const DROPPED = {
  'bty-ipxe-x86_64-v<V>.efi': "Debian's iPXE comes with the console",
  'bty.pdf': 'the manual is in docs/',
  'bty_lab-<V>.tar.gz': 'the headless package takes the place of the deployment tool',
} as const

export const isAttached = (folder: string, name: string): boolean =>
  ATTACHED.some(({ from, pattern }) => from === folder && pattern.test(name))

export const ASSET_FOLDERS: readonly string[] = ATTACHED.map(({ from }) => from)

/** Media contract 7.10: every attached file but the digests. `releasedMs` is milliseconds since the epoch. */
export function releaseNote(version: string, releasedMs: number, assets: readonly Asset[]): string {
  const named = assets.filter(({ name }) => !name.endsWith('.sha256'))
  return releaseToml(version, releasedMs / 1000, named)
}

/** As sha256sum(1) prints and checks it. */
export function sha256Sums(assets: readonly Asset[]): string {
  return assets.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('')
}
