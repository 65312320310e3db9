import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { BUILD_TOOLS } from '../media/recipe.ts'

/** Those of `names` that dpkg does not have installed. Everything on a machine without dpkg. */
export function missingPackages(names: readonly string[]): string[] {
  const asked = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names], {
    encoding: 'utf8',
  })
  const lines = (asked.stdout ?? '').split('\n')
  return names.filter((name) => !lines.includes(`${name} installed`))
}

/**
 * Installs what is missing of the Debian packages when this is root on Debian; otherwise names them in one line.
 * True when all of them are there afterwards.
 */
export function ensurePackages(names: readonly string[], say: (line: string) => void): boolean {
  const missing = missingPackages(names)
  if (missing.length === 0) return true
  const command = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...missing]
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    say(`some tests need Debian packages that are not installed: sudo ${command.join(' ')}`)
    return false
  }
  say(`installing ${missing.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const run = (args: string[]) =>
    spawnSync(args[0]!, args.slice(1), { env, stdio: ['ignore', 'ignore', 'inherit'] })
  // A list that is days old names packages that the mirror no longer has, so a failed first try is repeated after an update.
  if (run(command).status === 0) return true
  run(['apt-get', 'update', '-q'])
  if (run(command).status === 0) return true
  say(`could not install: ${missingPackages(names).join(' ')}`)
  return false
}

/** What `npm test` uses beside Node: clients and peers of the network tests, tools of the media build, a browser. */
export const TEST_PACKAGES = [
  'atftp',
  'btrfs-progs',
  'bmap-tools',
  'busybox-static',
  'bzip2',
  'chromium',
  'cpio',
  'curl',
  'debian-archive-keyring',
  'dnsmasq-base',
  'docker-registry',
  'e2fsprogs',
  'ethtool',
  'exfatprogs',
  'fdisk',
  'fonts-dejavu-core',
  'fuse3',
  'gdisk',
  'grub-common',
  'iproute2',
  'kmod',
  'libnbd-bin',
  'mandoc',
  'mmdebstrap',
  'mtools',
  'nbdkit',
  'nginx-light',
  'openssl',
  'pkexec',
  'qemu-utils',
  'skopeo',
  'squashfs-tools',
  'systemd-container',
  'tftp-hpa',
  'tmux',
  'util-linux',
  'xorriso',
  'xz-utils',
  'zstd',
] as const

/** What `npm run e2e` uses: the office network and the image maker. QEMU and its firmware are unpacked beside the system. */
export const E2E_PACKAGES = [
  ...BUILD_TOOLS.map((tool) => tool.package),
  'cpio',
  'busybox-static',
  'debian-archive-keyring',
  'dnsmasq-base',
  'docker-registry',
  'e2fsprogs',
  'ethtool',
  'fdisk',
  'grub-common',
  'grub-efi-amd64-bin',
  'grub-pc-bin',
  'iproute2',
  'mtools',
  'skopeo',
  'util-linux',
  'xorriso',
  'zstd',
]
