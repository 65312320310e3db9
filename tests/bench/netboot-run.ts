/** One network boot in QEMU, from direct kernel start to the agent's request for its plan. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { lastLines, serialText } from '../e2e/lab/serial.ts'
import type { Qemu } from '../e2e/lab/tools.ts'
import type { Trio } from './boot-peer.ts'

const MAC = '52:54:00:bb:00:01'
const LIMIT_MS = 240_000

export type Arch = 'x86_64' | 'arm64'

export interface Figures {
  /** From the kernel's first line on the serial port to the request for the plan. */
  seconds: number
  /** Fetched until then, kernel and initrd included. */
  bytes: number
  wholeBytes: number
}

/** With the kernel line that a console's boot script has. Throws when the agent does not get so far within `limitMs`. */
export async function measureNetboot(
  qemu: Qemu,
  trio: Trio,
  { memoryMib = 2048, limitMs = LIMIT_MS, arch = 'x86_64' as Arch } = {},
): Promise<Figures> {
  const sizes = await Promise.all(
    [trio.kernel, trio.initrd, trio.squashfs].map(async (path) => (await stat(path)).size),
  )
  const [kernelBytes, initrdBytes, squashfsBytes] = sizes as [number, number, number]
  let servedBytes = 0
  let planAsked = (): void => {}
  const asked = new Promise<void>((resolve) => (planAsked = resolve))
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?')[0]!
    if (path === `/pxe/${MAC}/plan`) planAsked()
    if (!path.endsWith('.squashfs')) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-length': squashfsBytes })
    if (request.method === 'HEAD') return void response.end()
    createReadStream(trio.squashfs)
      .on('data', (chunk) => (servedBytes += chunk.length))
      .pipe(response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://10.0.2.2:${(server.address() as AddressInfo).port}`
  const machine = startMachine(qemu, trio, kernelLine(base, arch), { memoryMib, arch })
  const limit = setTimeout(() => machine.kill('SIGKILL'), limitMs)
  const closed = once(machine, 'close')
  const serial = serialText()
  let started = 0
  machine.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    serial.push(chunk)
    if (started === 0 && serial.text().includes('Linux version')) started = performance.now()
  })
  let complaint = ''
  machine.stderr.setEncoding('utf8').on('data', (chunk: string) => (complaint += chunk))
  try {
    const off = closed.then(() => {
      const said = `${complaint}\n${lastLines(serial.text(), 15)}`
      throw new Error(
        `the machine went off, or ${limitMs} ms passed, before its agent asked for a plan:\n${said}`,
      )
    })
    await Promise.race([asked, off])
    const seconds = (performance.now() - started) / 1000
    const bytes = kernelBytes + initrdBytes + servedBytes
    return { seconds, bytes, wholeBytes: kernelBytes + initrdBytes + squashfsBytes }
  } finally {
    clearTimeout(limit)
    machine.kill('SIGKILL')
    await closed
    server.closeAllConnections()
    server.close()
  }
}

function kernelLine(base: string, arch: Arch): string {
  const line = [
    `boot=live fetch=${base}/boot/live.squashfs components console=tty0 console=ttyS0,115200`,
    'earlyprintk=ttyS0,115200 plymouth.enable=0 modprobe.blacklist=nouveau,rndis_host nouveau.modeset=0',
    `systemd.gpt_auto=0 bty.server=${base} bty.mac=${MAC}`,
  ].join(' ')
  return arch === 'arm64' ? line.replaceAll('ttyS0', 'ttyAMA0') : line
}

const BOARDS: Record<Arch, string[]> = {
  x86_64: ['-accel', 'tcg,thread=multi', '-smp', '2', '-vga', 'std'],
  arm64: ['-accel', 'tcg', '-smp', '1', '-machine', 'virt', '-cpu', 'cortex-a72'],
}

function startMachine(
  qemu: Qemu,
  trio: Trio,
  append: string,
  { memoryMib, arch }: { memoryMib: number; arch: Arch },
) {
  const [program, ...args] = [
    ...qemu.command,
    ...qemu.dataDirs.flatMap((dir) => ['-L', dir]),
    ...[...BOARDS[arch], '-m', String(memoryMib), '-nodefaults', '-no-reboot'],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
    ...['-kernel', trio.kernel, '-initrd', trio.initrd, '-append', append],
    ...['-netdev', 'user,id=lan', '-device', `virtio-net-pci,netdev=lan,mac=${MAC},romfile=`],
    ...['-drive', 'if=none,id=disk,driver=null-co,size=1G'],
    ...['-device', 'virtio-blk-pci,drive=disk,serial=BENCH'],
  ]
  return spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}
