import type { Finding } from '../api/index.ts'
import { newestBoot } from './boot.ts'
import { finding, type Facts } from './facts.ts'
import { failureFinding, stalledFinding } from './flash.ts'
import { armedFinding, liveFinding } from './live.ts'
import { servicesDetail, wireFinding } from './wire.ts'

/** A machine that is to boot from the network and was not heard for so long since the operator's wish. */
export const NOT_HEARD_MS = 120_000

/**
 * Why a machine did not boot or was not flashed, most likely first; empty while all is well or a boot may still go on.
 * Pure: the clock is in the facts.
 */
export function diagnose(facts: Facts): Finding[] {
  const boot = newestBoot(facts.trace, facts.nowMs)
  const found = [
    stalledFinding(facts, boot),
    boot === null ? null : (wireFinding(boot, facts) ?? liveFinding(boot, facts)),
    failureFinding(facts, boot),
  ].filter((one) => one !== null)
  if (found.length > 0 || facts.trace.length > 0) return found
  const quiet = armedFinding(facts) ?? notHeard(facts)
  return quiet === null ? [] : [quiet]
}

function notHeard(facts: Facts): Finding | null {
  const { machine, nowMs, progress } = facts
  if (machine === null || progress !== null) return null
  if (machine.cycle !== 'idle' || !WORKING_MODES.has(machine.boot_mode)) return null
  if (nowMs - Date.parse(machine.updated_at) < NOT_HEARD_MS) return null
  const asking = facts.netboot.interfaces.filter((lan) => lan.proxy_dhcp === 'ask').map((lan) => lan.network)
  const waiting = asking.length === 0 ? '' : `ProxyDHCP waits for your answer about ${asking.join(', ')}.`
  return finding('not-heard', [], [waiting, servicesDetail(facts)].filter((text) => text !== '').join(' '))
}

const WORKING_MODES = new Set(['bty-flash-always', 'bty-flash-once', 'bty-inventory', 'bty-tui'])
