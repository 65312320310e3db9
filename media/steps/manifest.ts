import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Build } from './context.ts'

/** Writes the manifest in the form of sha256sum(1). */
export async function makeManifest({ work, names }: Build): Promise<void> {
  const lines: string[] = []
  for (const name of [names.kernel, names.initrd, names.squashfs]) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(join(work, name)), hash)
    lines.push(`${hash.digest('hex')}  ${name}\n`)
  }
  await writeFile(join(work, names.manifest), lines.join(''))
}
