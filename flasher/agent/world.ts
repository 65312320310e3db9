import type { FlashOptions } from '../flash/targets.ts'
import type { Run } from '../run.ts'
import type { Interrupts } from '../wizard/interrupts.ts'
import type { Prompt } from '../wizard/prompt.ts'
import type { Screen } from '../wizard/terminal.ts'
import type { BootMemory } from './memory.ts'
import type { Reporter } from './reporter.ts'
import type { Backoff, ServerCalls } from './server.ts'

/** What an agent needs of the machine it runs on. */
export interface World {
  /** The end of the program. */
  signal: AbortSignal
  interrupts: Interrupts
  screen: Screen
  prompt: Prompt
  run: Run
  /** Returns only when it failed, with the reason. */
  reboot: () => Promise<string>
  /** Directory that a reboot empties; `/run/bty` unless told. */
  runDir?: string
  backoff?: Backoff
  /** Directory of local images; the built-in default unless told. */
  imageRoot?: string
  /** Targets from the command line, such as a loop device or a file, which no list of disks would show. */
  named?: readonly string[]
  flash?: Pick<FlashOptions, 'stallTimeoutMs' | 'allowFile'>
}

/** A running agent: its world, its server, and what it remembers of this boot. */
export interface Agent extends World {
  server: string
  mac: string
  calls: ServerCalls
  memory: BootMemory
  reporter: Reporter
  backoff: Backoff
}

/** A reboot that fails is said, and the machine stays up. */
export async function rebootOrSay({ screen, reboot }: Pick<World, 'screen' | 'reboot'>): Promise<void> {
  screen.say('Rebooting.')
  screen.say(`The machine did not reboot: ${await reboot()}`)
}
