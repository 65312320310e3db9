/**
 * A flash in a process of its own, to be ended from outside: `flash-process SRC TARGET`. Says each phase as a line, the
 * first write as `writing`, and in the end the fate of its target as JSON.
 */
import '../flash/threads.ts'
import { flashTargets } from '../flash/targets.ts'

const [src, path] = process.argv.slice(2) as [string, string]
const cancel = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => cancel.abort())
const said = new Set<string>()
const say = (line: string) => {
  if (!said.has(line)) process.stdout.write(`${line}\n`)
  said.add(line)
}
const { targets, ok } = await flashTargets(
  { src, format: null, sha256: null, targets: [{ path, serial: null }] },
  {
    signal: cancel.signal,
    allowFile: true,
    onProgress({ phase, bytesWritten }) {
      say(phase)
      if (bytesWritten > 0) say('writing')
    },
  },
)
const [{ state, error }] = targets as [(typeof targets)[number]]
say(JSON.stringify({ state, code: error?.code ?? null }))
process.exitCode = ok ? 0 : 1
