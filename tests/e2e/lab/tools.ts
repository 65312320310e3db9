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

/** QEMU for arm64 machines, with EDK II's firmware for its `virt` board. */
export async function fetchQemuArm64(log: (line: string) => void): Promise<Qemu> {
  const qemu = await unpackedPackages({
    suite: 'bookworm-backports',
    packages: ['qemu-system-arm', 'ipxe-qemu'],
    withDependencies: true,
    log,
  })
  const firmware = await unpackedPackages({ suite: 'trixie', packages: ['qemu-efi-aarch64'], log })
  const edk2 = {
    code: join(firmware, 'usr/share/AAVMF/AAVMF_CODE.no-secboot.fd'),
    vars: join(firmware, 'usr/share/AAVMF/AAVMF_VARS.fd'),
  }
  return { ...programOf(qemu, 'qemu-system-aarch64'), ovmf: edk2, secureOvmf: edk2 }
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
  return {
    ...programOf(qemu, 'qemu-system-x86_64'),
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

function programOf(qemu: string, name: string): Pick<Qemu, 'command' | 'dataDirs'> {
  const libraries = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu'].map((dir) => join(qemu, dir))
  const loader = join(qemu, 'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2')
  return {
    command: [loader, '--library-path', libraries.join(':'), join(qemu, 'usr/bin', name)],
    dataDirs: ['usr/share/qemu', 'usr/share/seabios', 'usr/lib/ipxe/qemu'].map((dir) => join(qemu, dir)),
  }
}
