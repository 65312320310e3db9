/**
 * The peer of `bench boot`: Debian's usual live system (live-boot, systemd, networkd) with the same generic kernel, Node and
 * agent, as a kernel, an initrd and a squashfs. Made once by mmdebstrap and kept in the build cache.
 */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensurePackages } from '../../build/packages.ts'
import { buildCacheDir, debianSources } from '../../media/debian.ts'
import { run } from '../../media/run.ts'

export interface Trio {
  kernel: string
  initrd: string
  squashfs: string
}

const PACKAGES = [
  'linux-image-amd64',
  'live-boot',
  'systemd-sysv',
  'udev',
  'busybox',
  'kmod',
  'libstdc++6',
  'lshw',
  'wget',
  'zstd',
]

const UNIT = `[Unit]
Description=bty on tty1
Wants=network-online.target
After=network-online.target
Conflicts=getty@tty1.service
Before=getty@tty1.service
[Service]
ExecStart=/usr/local/bin/bty-on-tty1
StandardInput=tty
StandardOutput=tty
TTYPath=/dev/tty1
[Install]
WantedBy=multi-user.target
`

const LAUNCHER = `#!/bin/sh
for word in $(cat /proc/cmdline); do
  case $word in
    bty.server=*) server=\${word#*=} ;;
    bty.mac=*) mac=\${word#*=} ;;
  esac
done
exec /usr/bin/node /usr/lib/bty/bty.js --server "$server" --mac "$mac"
`

const NETWORK = '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n'

/** `agent` and `node`: files that the system runs. Null, with the reason logged, where it cannot be made. */
export async function makePeer(
  { agent, node }: { agent: string; node: string },
  log: (line: string) => void,
): Promise<Trio | null> {
  if (process.getuid?.() !== 0) {
    log('the live-boot and systemd system is not measured: making it needs root')
    return null
  }
  if (!ensurePackages(['mmdebstrap', 'squashfs-tools', 'debian-archive-keyring'], log)) return null
  const recipe = createHash('sha256').update([...PACKAGES, UNIT, LAUNCHER, NETWORK].join('\n'))
  for (const file of [agent, node]) recipe.update(await readFile(file))
  const dir = join(buildCacheDir(), 'bench', `live-${recipe.digest('hex').slice(0, 12)}`)
  if (!existsSync(dir)) {
    log('making a live-boot and systemd system to compare with; this takes some minutes, once')
    const work = `${dir}.${process.pid}.part`
    try {
      await build(work, { agent, node })
      await rename(work, dir)
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }
  return {
    kernel: join(dir, 'vmlinuz'),
    initrd: join(dir, 'initrd'),
    squashfs: join(dir, 'root.squashfs'),
  }
}

async function build(work: string, { agent, node }: { agent: string; node: string }): Promise<void> {
  await mkdir(work, { recursive: true })
  const root = join(work, 'root')
  const { sources, settings } = await debianSources('trixie')
  await writeFile(join(work, 'apt.conf'), settings)
  const options = ['--variant=minbase', `--aptopt=${work}/apt.conf`, `--include=${PACKAGES.join(',')}`]
  await run('mmdebstrap', ['--quiet', '--mode=root', ...options, 'trixie', root, '-'], { stdin: sources })
  await run('strip', ['--strip-unneeded', '-o', join(root, 'usr/bin/node'), node])
  await mkdir(join(root, 'usr/lib/bty'), { recursive: true })
  await cp(agent, join(root, 'usr/lib/bty/bty.js'))
  await writeFile(join(root, 'usr/lib/bty/package.json'), '{"type":"module"}\n')
  await writeFile(join(root, 'usr/local/bin/bty-on-tty1'), LAUNCHER, { mode: 0o755 })
  await writeFile(join(root, 'etc/systemd/system/bty-on-tty1.service'), UNIT)
  await writeFile(join(root, 'etc/systemd/network/wired.network'), NETWORK)
  const enable = async (unit: string, target: string, folder: string): Promise<void> => {
    const wants = join(root, 'etc/systemd/system', `${folder}.wants`)
    await mkdir(wants, { recursive: true })
    await symlink(target, join(wants, unit))
  }
  await enable('bty-on-tty1.service', '../bty-on-tty1.service', 'multi-user.target')
  const shipped = '/usr/lib/systemd/system'
  await enable('systemd-networkd.service', `${shipped}/systemd-networkd.service`, 'multi-user.target')
  const wait = 'systemd-networkd-wait-online.service'
  await enable(wait, `${shipped}/${wait}`, 'network-online.target')

  const boot = await readdir(join(root, 'boot'))
  for (const name of ['vmlinuz', 'initrd']) {
    const found = boot.find((file) => file.startsWith(name === 'initrd' ? 'initrd.img-' : 'vmlinuz-'))
    if (found === undefined) throw new Error(`mmdebstrap made no ${name}: /boot holds ${boot.join(' ')}`)
    await cp(join(root, 'boot', found), join(work, name))
  }
  const squash = ['-comp', 'zstd', '-Xcompression-level', '15', '-noappend', '-no-progress', '-quiet']
  await run('mksquashfs', [root, join(work, 'root.squashfs'), ...squash, '-e', 'boot'])
  await rm(root, { recursive: true, force: true })
}
