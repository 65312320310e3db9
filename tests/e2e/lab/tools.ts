/** QEMU and its firmware, unpacked into the build cache with every library they need: nothing of the machine's own is used. */
import { join } from 'node:path'
import { unpackedPackages } from '../../../media/debian.ts'

export interface Qemu {
  /** Program and first arguments: the packages' own dynamic loader starts QEMU with their libraries. */
  command: string[]
  /** Value for each `-L`: QEMU's own data, SeaBIOS, network boot ROMs. */
  dataDirs: string[]
  /** OVMF without Secure Boot; `vars` is a template that each machine gets a copy of. */
  ovmf: { code: string; vars: string }
  /** OVMF that runs only what Microsoft's keys have signed. */
  secureOvmf: { code: string; vars: string }
}

/**
 * QEMU 10 from bookworm-backports (the emulation of Debian 12's own 7.2 lets current kernels panic now and then), OVMF
 * from trixie. Throws where Debian packages cannot be had.
 */
export async function fetchQemu(log: (line: string) => void): Promise<Qemu> {
  const qemu = await unpackedPackages({
    suite: 'bookworm-backports',
    packages: ['qemu-system-x86', 'ipxe-qemu', 'seabios'],
    withDependencies: true,
    log,
  })
  const ovmf = await unpackedPackages({ suite: 'trixie', packages: ['ovmf'], log })
  const libraries = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((dir) => join(qemu, dir))
  return {
    command: [
      join(qemu, 'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2'),
      '--library-path',
      libraries.join(':'),
      join(qemu, 'usr/bin/qemu-system-x86_64'),
    ],
    dataDirs: ['usr/share/qemu', 'usr/share/seabios', 'usr/lib/ipxe/qemu'].map((dir) => join(qemu, dir)),
    ovmf: {
      code: join(ovmf, 'usr/share/OVMF/OVMF_CODE_4M.fd'),
      vars: join(ovmf, 'usr/share/OVMF/OVMF_VARS_4M.fd'),
    },
    secureOvmf: {
      code: join(ovmf, 'usr/share/OVMF/OVMF_CODE_4M.secboot.fd'),
      vars: join(ovmf, 'usr/share/OVMF/OVMF_VARS_4M.ms.fd'),
    },
  }
}
