/** What went wrong between the boot script and the first byte of a flash. Pure. */
import type { Finding, TraceEntry } from '../api/index.ts'
import { trioOf } from '../boot/artifacts.ts'
import type { Boot } from './boot.ts'
import { finding, ofEvent, ofTrace, type Facts } from './facts.ts'

/** From one file of the live system to the next; iPXE asks at once, behind a slow line. */
export const NEXT_FILE_MS = 60_000
/** From the initrd to the agent: up to 45 s in an emulator, more where firmware is slow or memory is small. */
export const AGENT_MS = 180_000
/** From the plan to the first phase: the agent opens image and disk first. */
export const FLASH_START_MS = 120_000

/** Kinds of offer that start the live system; all others lead to the disk. */
const LIVE = new Set(['bty-tui', 'bty-inventory', 'bty-flash-always', 'bty-flash-once'])
const is =
  (role: string) =>
  (file: string): boolean =>
    trioOf(file)?.role === role

/** From what was heard in this power-on. */
export function liveFinding(boot: Boot, facts: Facts): Finding | null {
  const script = boot.last('http-script')
  const reported = boot.last(['http-plan', 'agent'])
  if (reported !== undefined) return notBegun(boot, facts)
  const kernel = boot.last(['http-artifact', 'http-cut'], is('kernel'))
  const initrd = boot.last(['http-artifact', 'http-cut'], is('initrd'))
  const missing = boot.last('http-missing', (file) => trioOf(file) !== null)
  if (missing !== undefined) return fileMissing(missing, script)
  for (const file of [initrd, kernel])
    if (file?.step === 'http-cut') return finding('file-cut', ofTrace(script, file))
  if (initrd !== undefined) return silent(boot, facts, kernel, initrd)
  if (boot.quietMs < NEXT_FILE_MS) return null
  if (kernel !== undefined) return finding('initrd-not-fetched', ofTrace(script, kernel))
  if (script === undefined || !LIVE.has(script.about ?? '')) return null
  return finding('kernel-not-fetched', ofTrace(script))
}

function fileMissing(missing: TraceEntry, script: TraceEntry | undefined): Finding {
  const file = missing.about!
  const { arch } = trioOf(file)!.trio
  if (arch === 'x86_64') return finding('file-missing', ofTrace(script, missing), `It asked for ${file}.`)
  return finding(
    'wrong-architecture',
    ofTrace(script, missing),
    `No live system for ${arch} is installed: ${file}.`,
  )
}

function silent(
  boot: Boot,
  { usesSquashfs }: Facts,
  kernel: TraceEntry | undefined,
  initrd: TraceEntry,
): Finding | null {
  if (boot.quietMs < AGENT_MS) return null
  const evidence = ofTrace(kernel, initrd)
  if (usesSquashfs && boot.last('http-artifact', is('squashfs')) === undefined)
    return finding('squashfs-not-fetched', evidence)
  return finding('agent-silent', evidence)
}

function notBegun(boot: Boot, { progress, machine }: Facts): Finding | null {
  const plan = boot.last('http-plan')
  if (plan?.about !== 'flash' || boot.quietMs < FLASH_START_MS) return null
  const since = (time: string | null | undefined) => time != null && Date.parse(time) >= Date.parse(plan.at)
  const began = progress !== null && progress.phase !== 'plan' && since(progress.updated_at)
  if (began || since(machine?.last_flashed_at) || boot.after(plan, ['agent'], isMoving) !== undefined)
    return null
  if (boot.entries.some(({ step, text }) => step === 'agent' && text.startsWith('failed'))) return null
  return finding('flash-not-started', ofTrace(plan))
}

const isMoving = (phase: string): boolean => phase !== 'plan' && phase !== 'inventory'

/** The same from events alone, as after a restart of the server. */
export function armedFinding({ machine, events, nowMs, progress }: Facts): Finding | null {
  if (machine?.cycle !== 'armed' || machine.armed_at === null) return null
  const sinceArming = events.filter(({ ts }) => ts >= machine.armed_at!)
  if (sinceArming.some(({ kind }) => REPORTS.has(kind)) || progress !== null) return null
  const armed = sinceArming.find(({ kind }) => kind === 'netboot.flasher.armed')
  const plan = sinceArming.find(({ kind }) => kind === 'netboot.pxe.plan')
  const code = plan === undefined ? 'agent-silent' : 'flash-not-started'
  const quietMs = nowMs - Date.parse(plan?.ts ?? machine.armed_at)
  if (quietMs < (plan === undefined ? AGENT_MS : FLASH_START_MS)) return null
  if (plan !== undefined && (plan.details?.['plan'] as { mode?: string } | undefined)?.mode !== 'flash')
    return null
  return finding(code, [armed, plan].filter((event) => event !== undefined).map(ofEvent))
}

/** Kinds of event by which an agent shows that it has come further than its plan. */
const REPORTS = new Set(['machine.flashed', 'machine.flash_failed', 'machine.progress'])
