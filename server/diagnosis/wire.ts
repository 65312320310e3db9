/** What went wrong between power-on and the boot script: DHCP, TFTP, iPXE. Pure. */
import type { Finding, TraceEntry } from '../api/index.ts'
import { trioOf } from '../boot/artifacts.ts'
import { isIpxe, type Boot, type Step } from './boot.ts'
import { finding, ofTrace, type Facts } from './facts.ts'

/** From an offer to the first request for the file; firmware waits for other offers and for its address. */
export const OFFER_TAKEN_MS = 30_000
/** Firmware asks for a block again within seconds; our own tries end after some twenty. */
export const TFTP_MS = 30_000
/** From the last byte of iPXE to its own DHCP: slow switch ports hold it up for half a minute. */
export const IPXE_START_MS = 60_000
/** From iPXE's address to its script, and from script to script. */
export const SCRIPT_MS = 30_000

const LOADED: readonly Step[] = ['tftp-probe', 'tftp-read', 'tftp-done', 'tftp-error', 'http-artifact']
const FILES: readonly Step[] = [...LOADED, 'tftp-missing', 'tftp-stalled', 'tftp-stopped', 'http-missing']
const SCRIPTS: readonly Step[] = ['http-bootstrap', 'http-script']
const AUTOEXEC = 'autoexec.ipxe'
const UEFI_X86 = [6, 7, 9, 15, 16]
const UEFI_ARM = [10, 11, 18, 19]
const BIOS = 0

/** The first stage that was not left behind, or null. */
export function wireFinding(boot: Boot, facts: Facts): Finding | null {
  if (boot.last([...SCRIPTS, 'http-plan', 'agent']) !== undefined) return noScript(boot)
  if (boot.last(['http-artifact', 'http-missing'], (file) => trioOf(file) !== null) !== undefined) return null
  const ipxe = boot.entries.findLast(isIpxe) ?? boot.last('tftp-done', (file) => file === AUTOEXEC)
  if (ipxe !== undefined) return noBootstrap(boot, ipxe)
  return boot.last(FILES) === undefined ? notStarted(boot, facts) : (wrongFile(boot) ?? transfer(boot))
}

function notStarted(boot: Boot, facts: Facts): Finding | null {
  const discover = boot.last('dhcp-discover')
  const offer = boot.last('dhcp-offer')
  if (offer === undefined) {
    const ignored = boot.last('dhcp-ignored')
    if (ignored === undefined) return null
    const evidence = ofTrace(discover, ignored)
    if (ignored.about === 'ask') return finding('network-not-allowed', evidence)
    if (ignored.about === 'off') return finding('proxydhcp-off', evidence)
    if (ignored.about === 'no-program')
      return finding('wrong-architecture', evidence, 'There is no boot program for its firmware.')
    return finding('not-answered', evidence)
  }
  if (boot.quietMs < OFFER_TAKEN_MS) return null
  const request = boot.last('dhcp-request')
  if (request === undefined && boot.firmware !== null)
    return finding('no-lease', ofTrace(discover, offer), servicesDetail(facts))
  const detail =
    request?.about === undefined ? '' : `It took its address from ${request.about}; look there first.`
  const more = [detail, servicesDetail(facts)].filter((text) => text !== '').join(' ')
  return finding('offer-not-taken', ofTrace(discover, offer, request), more)
}

/** What is known to be switched off here. */
export function servicesDetail({ netboot: { tftp, proxy_dhcp: proxy } }: Pick<Facts, 'netboot'>): string {
  const told = [
    ['TFTP', tftp],
    ['ProxyDHCP', proxy],
  ] as const
  return told
    .filter(([, { state }]) => state !== 'on')
    .map(([name, { state, detail }]) => `${name} is ${state} here: ${detail}`)
    .join(' ')
}

/** A program that cannot run there, as a wrong option 67 gives it. */
function wrongFile(boot: Boot): Finding | null {
  const read = boot.last(LOADED, (file) => /\.(?:efi|k?pxe)$/i.test(file))
  const arch = boot.firmware?.arch ?? null
  if (read === undefined || arch === null) return null
  const file = read.about!
  const isEfi = /\.efi$/i.test(file)
  const isArm = /arm64|aa64/i.test(file)
  const fits =
    arch === BIOS
      ? !isEfi
      : UEFI_ARM.includes(arch)
        ? isEfi && isArm
        : UEFI_X86.includes(arch)
          ? isEfi && !isArm
          : true
  if (fits) return null
  return finding('wrong-architecture', ofTrace(boot.last('dhcp-discover'), read), `It loaded ${file}.`)
}

function transfer(boot: Boot): Finding | null {
  const newest = boot.last(FILES, (file) => file !== AUTOEXEC)
  if (newest === undefined) return null
  const done = boot.last(['tftp-done', 'http-artifact'])
  if (done !== undefined) return neverStarted(boot, done)
  const discover = boot.last('dhcp-discover')
  switch (newest.step) {
    case 'tftp-missing':
    case 'http-missing':
      return finding('tftp-file-missing', ofTrace(discover, newest), `It asked for ${newest.about}.`)
    case 'tftp-stalled':
      return finding('tftp-stalled', ofTrace(discover, boot.last(['tftp-probe', 'tftp-read']), newest))
    case 'tftp-stopped':
      return finding('tftp-stopped', ofTrace(discover, boot.last('tftp-read'), newest))
    case 'tftp-error':
      return neverStarted(boot, newest) // the last block was sent; only its receipt is missing
    default:
      return boot.quietMs < TFTP_MS ? null : finding('tftp-stalled', ofTrace(discover, newest))
  }
}

/** The boot program has arrived and iPXE was not heard: at once when the firmware tries again, else after a while. */
function neverStarted(boot: Boot, done: TraceEntry): Finding | null {
  const again = boot.count('tftp-done') > 1 || boot.after(done, ['dhcp-discover']) !== undefined
  if (!again && boot.quietMs < IPXE_START_MS) return null
  const evidence = ofTrace(boot.last('dhcp-discover'), done)
  const isUefi = boot.firmware?.arch !== BIOS && /\.efi$/i.test(done.about ?? '')
  return finding(isUefi ? 'secure-boot' : 'ipxe-silent', evidence)
}

function noBootstrap(boot: Boot, ipxe: TraceEntry): Finding | null {
  if (boot.quietMs < SCRIPT_MS) return null
  const ignored = boot.after(ipxe, ['dhcp-ignored'])
  if (ignored?.about === 'ask') return finding('network-not-allowed', ofTrace(ipxe, ignored))
  return finding('no-bootstrap', ofTrace(ipxe, boot.last('dhcp-offer')))
}

function noScript(boot: Boot): Finding | null {
  const bootstrap = boot.last('http-bootstrap')
  if (bootstrap === undefined || boot.quietMs < SCRIPT_MS) return null
  if (boot.after(bootstrap, ['http-script', 'http-plan', 'agent']) !== undefined) return null
  return finding('no-script', ofTrace(bootstrap))
}
