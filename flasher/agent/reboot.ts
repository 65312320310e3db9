import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Run } from '../run.ts'

/** Whether a kernel command line is that of live media. Anywhere else the machine is somebody's own and stays up. */
export function isLiveSystem(cmdline: string): boolean {
  return /(?:^|\s)(?:boot=live|bty\.\w+=\S*)(?=\s|$)/.test(cmdline)
}

/**
 * Reboots the machine if it runs live media: through systemd where it runs, else at once. Where it works this never returns;
 * resolves with why it did not.
 */
export async function rebootMachine(run: Run): Promise<string> {
  if (!isLiveSystem(readFileSync('/proc/cmdline', 'utf8')))
    return 'this is not the live system; reboot it yourself when you are ready'
  const failures: string[] = []
  const attempt = async (command: string, ...args: string[]) => {
    const { code, stderr } = await run(command, args, { timeoutMs: 15_000 })
    if (code === 0) await delay(60_000) // on its way down
    failures.push(
      `${command}: ${code === 0 ? 'nothing happened within 60 s' : stderr || `exit code ${code}`}`,
    )
  }
  if (existsSync('/run/systemd/system')) await attempt('systemctl', 'reboot')
  await run('sync', [], { timeoutMs: 15_000 })
  await attempt('reboot', '-f')
  try {
    writeFileSync('/proc/sysrq-trigger', 'b')
    await delay(10_000)
  } catch (error) {
    failures.push(`sysrq: ${(error as Error).message}`)
  }
  return failures.join('; ')
}
