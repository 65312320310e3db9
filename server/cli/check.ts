/** `bty-console check`: what is wrong with the state directory, and what to do. Exit code 1 when something is. */
import { checkStateDir } from '../check/run.ts'
import type { CommandInput } from './commands.ts'

export async function run({ args, config, json, deep = false, print, now }: CommandInput): Promise<number> {
  if (args.length > 0) throw new Error(`check takes no words; got ${args.join(' ')}`)
  const findings = await checkStateDir(config, deep)
  const problems = findings.filter(({ level }) => level === 'problem').length
  if (json) {
    const checked_at = new Date(now()).toISOString()
    const state_dir = config.paths.stateDir
    print(JSON.stringify({ state_dir, checked_at, deep, ok: problems === 0, findings }, null, 2))
  } else {
    for (const { part, level, text, next } of findings) {
      print(`${level.padEnd(7)}  ${part.padEnd(14)}  ${text}`)
      if (next !== null) print(`${' '.repeat(25)}-> ${next}`)
    }
    const end = problems === 0 ? 'nothing is wrong' : `${problems} problem${problems === 1 ? '' : 's'}`
    print(`${config.paths.stateDir}: ${end}`)
  }
  return problems === 0 ? 0 : 1
}
