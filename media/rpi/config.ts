import { BOARDS } from './boards.ts'

/** Names of what each board's folder holds, beside its device trees. */
export const FILES = { kernel: 'kernel.img', initrd: 'initrd', line: 'cmdline.txt' } as const

/** `config.txt`: which folder each board boots from. Everything below it is found there, device trees too (`os_prefix`). */
export function configText(): string {
  const sections = BOARDS.map(({ model }) => `[${model}]\nos_prefix=${model}/\n`)
  return `arm_64bit=1
enable_uart=1
disable_splash=1
${sections.join('')}[all]
kernel=${FILES.kernel}
initramfs ${FILES.initrd} followkernel
`
}

/** The kernel line, one line (media contract 7.2). The serial port last, so `/dev/console` is there. `signature` is the disk's. */
export function commandLine(version: string, signature: string): string {
  return [
    'boot=live components noeject console=tty0 console=serial0,115200',
    `bty.version=${version} bty.medium=${signature}\n`,
  ].join(' ')
}
