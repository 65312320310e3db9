import { loadConfig, type ConfigInput } from '../config/load.ts'
import type { Config } from '../config/keys.ts'
import { applyPending, type Plan } from './pending.ts'

/**
 * The configuration to start with, after a restore that was laid ready has been done: it may bring a bty.toml along.
 * `restored` is null when none was. @throws {ConfigError | StateDirBusyError}
 */
export function loadRestored(
  input: ConfigInput,
  now: () => number,
): { config: Config; restored: Plan | null } {
  const config = loadConfig(input)
  const restored = applyPending(config.paths.stateDir, now)
  return { config: restored === null ? config : loadConfig(input), restored }
}
