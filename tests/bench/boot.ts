/**
 * `bench boot`: from the kernel's first line to the agent's request for its plan, in QEMU without KVM, beside Debian's usual
 * live system with the same kind of kernel. Bytes are those that a machine fetches until then.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ensureAgent } from '../../build/agent.ts'
import { ensureMedium } from '../../build/medium.ts'
import { trioNames } from '../../media/recipe.ts'
import { fetchQemu } from '../e2e/lab/tools.ts'
import type { Qemu } from '../e2e/lab/tools.ts'
import { lastLines, serialText } from '../e2e/lab/serial.ts'
import { makePeer } from './boot-peer.ts'
import type { Trio } from './boot-peer.ts'
import type { BenchOptions, Result, Row } from './main.ts'

const MAC = '52:54:00:bb:00:01'
const LIMIT_MS = 240_000

export async function run({ log }: BenchOptions): Promise<Result> {
  const ours = await builtTrio(log)
  const qemu = await fetchQemu(log)
  const files = { agent: await ensureAgent(log), node: await realpath(process.execPath) }
  const peer = await makePeer(files, log)
  log('booting the netboot-pc medium')
  const own = await measure(qemu, ours)
  const rows: Row[] = [
    ...figures('netboot-pc', own),
    { label: 'netboot-pc, all files of a boot', value: megabytes(own.wholeBytes), unit: 'MB' },
  ]
  if (peer === null) return { name: 'boot', rows }
  log('booting live-boot and systemd')
  const usual = await measure(qemu, peer)
  const share = own.seconds / usual.seconds
  const target = 'half the time or less'
  return {
    name: 'boot',
    rows: [
      ...rows,
      ...figures('live-boot and systemd', usual),
      { label: 'time, share of live-boot and systemd', value: share, unit: '', target, met: share <= 0.5 },
    ],
  }
}

interface Figures {
  /** From the kernel's first line on the serial port to the request for the plan. */
  seconds: number
  /** Fetched until then, kernel and initrd included. */
  bytes: number
  wholeBytes: number
}

function figures(name: string, { seconds, bytes }: Figures): Row[] {
  return [
    { label: `${name}, kernel to plan request`, value: seconds, unit: 's' },
    { label: `${name}, fetched until then`, value: megabytes(bytes), unit: 'MB' },
  ]
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10

async function builtTrio(log: (line: string) => void): Promise<Trio> {
  ensureMedium(log)
  const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
  const { kernel, initrd, squashfs } = trioNames(version)
  const at = (name: string): string => join('dist/media', name)
  return { kernel: at(kernel), initrd: at(initrd), squashfs: at(squashfs) }
}

/** One boot, with the kernel line that a console's boot script has. */
async function measure(qemu: Qemu, trio: Trio): Promise<Figures> {
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
  const machine = startMachine(qemu, trio, kernelLine(base))
  const limit = setTimeout(() => machine.kill('SIGKILL'), LIMIT_MS)
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
        `the machine went off, or ${LIMIT_MS} ms passed, before its agent asked for a plan:\n${said}`,
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

function kernelLine(base: string): string {
  return [
    `boot=live fetch=${base}/boot/live.squashfs components console=tty0 console=ttyS0,115200`,
    'earlyprintk=ttyS0,115200 plymouth.enable=0 modprobe.blacklist=nouveau,rndis_host nouveau.modeset=0',
    `systemd.gpt_auto=0 bty.server=${base} bty.mac=${MAC}`,
  ].join(' ')
}

function startMachine(qemu: Qemu, trio: Trio, append: string) {
  const [program, ...args] = [
    ...qemu.command,
    ...qemu.dataDirs.flatMap((dir) => ['-L', dir]),
    ...['-accel', 'tcg,thread=multi', '-smp', '2', '-m', '2048', '-nodefaults', '-no-reboot'],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-vga', 'std'],
    ...['-kernel', trio.kernel, '-initrd', trio.initrd, '-append', append],
    ...['-netdev', 'user,id=lan', '-device', `virtio-net-pci,netdev=lan,mac=${MAC},romfile=`],
    ...['-drive', 'if=none,id=disk,driver=null-co,size=1G'],
    ...['-device', 'virtio-blk-pci,drive=disk,serial=BENCH'],
  ]
  return spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] })
}
