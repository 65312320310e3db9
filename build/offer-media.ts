import type { Readable, Writable } from 'node:stream'
import { createInterface } from 'node:readline/promises'
import { builtTrio, type BuiltTrio } from '../server/artifacts/built.ts'
import { installTrio } from '../server/artifacts/install.ts'
import { openStore } from '../server/store/open.ts'
import { VERSION } from '../server/version.ts'

export interface Offer {
  /** Folder of the media that were built here. */
  builtDir: string
  bootDir: string
  stateDir: string
  say: (line: string) => void
  /** Asks a yes or no question; null where nobody can answer. */
  ask: ((question: string) => Promise<boolean>) | null
}

/**
 * Offers to install live media that were built on this machine and are not installed yet. Without somebody to answer,
 * one line says where the console offers the same. Never throws: the console starts either way.
 */
export async function offerBuiltMedia({ builtDir, bootDir, stateDir, say, ask }: Offer): Promise<void> {
  const built = await builtTrio(builtDir, bootDir).catch(() => null)
  if (built === null) return
  const name = `live media v${built.trio.version} (${Math.round(built.sizeBytes / 1e6)} MB)`
  if (ask === null) return say(`${name} were built here; the console's Netboot page installs them`)
  if (!(await ask(`Install the ${name} that were built here? [y/N] `))) return
  try {
    await install(built, bootDir, stateDir)
    say(`installed ${name}`)
  } catch (error) {
    say(`not installed: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** As the console's own button does it, with the same event; the state directory is held meanwhile. */
async function install({ trio, dir }: BuiltTrio, bootDir: string, stateDir: string): Promise<void> {
  const store = openStore({ dir: stateDir, version: VERSION })
  try {
    const totalBytes = await installTrio(trio, dir, bootDir)
    const tag = `v${trio.version}`
    store.durable(() =>
      store.events.add({
        kind: 'netboot.artifacts.fetched',
        subject_kind: 'netboot',
        subject_id: tag,
        actor: 'operator',
        source_ip: null,
        summary: `Live media ${tag} installed from ${dir}`,
        details: {
          tag,
          base_url: `file://${dir}`,
          total_bytes: totalBytes,
          artifacts: [trio.kernel, trio.initrd, trio.squashfs, trio.manifest],
        },
      }),
    )
  } finally {
    store.close()
  }
}

/** Asks on a terminal. An end of input counts as no. */
export async function askOn(input: Readable, output: Writable, question: string): Promise<boolean> {
  const terminal = createInterface({ input, output })
  try {
    const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')))
    const answer = await Promise.race([terminal.question(question), closed])
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    terminal.close()
  }
}
