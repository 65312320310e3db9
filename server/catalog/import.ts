import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { CatalogImported } from '../api/index.ts'
import type { Deps } from '../deps.ts'
import { catalogEvent } from './event.ts'
import { parseAside } from './parse-aside.ts'
import { type Adopt, type Prepared, prepareRows } from './prepare.ts'

export interface ImportOptions {
  /** What the catalog is called in answer, event and messages. */
  source: string
  /** Where the text is kept as the manifest file; null leaves that file alone. */
  manifestFile: string | null
  ip: string | null
  /** Folder of a catalog that was read from this machine; null for every other. */
  folder?: string | null
  adopt?: Adopt | null
}

/** Most errors that an event carries; the answer has all. */
const MAX_EVENT_ERRORS = 100
/** Rows that are written between two turns of the event loop. */
const STEP_ROWS = 500

/**
 * Imports the text of a `catalog.toml` (wire contract 4.6). All or nothing: when the text is refused or the manifest
 * file cannot be written, neither the rows nor the file change. @throws {CatalogError} when the text is refused.
 */
export async function importCatalog(
  { store, hub, outbound }: Pick<Deps, 'store' | 'hub' | 'outbound'>,
  text: Uint8Array,
  { source, manifestFile, ip, folder = null, adopt = null }: ImportOptions,
): Promise<CatalogImported> {
  const images = await parseAside(text, source)
  const prepared = await prepareRows(images, {
    resolve: (src, signal) => outbound.resolve(src, signal),
    known: ({ bty_image_ref: ref, src }) =>
      store.catalog.byRef(ref) !== null || store.catalog.bySrc(src) !== null,
    folder,
    adopt,
  })
  const partial = manifestFile === null ? null : `${manifestFile}.${randomBytes(6).toString('hex')}.partial`
  const stage = store.catalog.stage()
  try {
    if (partial !== null) await writeFlushed(partial, text)
    for (let from = 0; from < prepared.length; from += STEP_ROWS) {
      stage.add(prepared.slice(from, from + STEP_ROWS).flatMap(({ row }) => row ?? []))
      await setImmediate()
    }
    const result = store.durable(() => {
      const outcome = { source, ...outcomeOf(prepared, stage.move()) }
      const { imported, skipped, errors } = outcome
      store.events.add({
        ...catalogEvent(source, ip),
        kind: 'catalog.entries.imported',
        summary: `Catalog ${source}: ${imported} imported, ${skipped} known already, ${errors.length} with errors`,
        details: { ...outcome, errors: errors.slice(0, MAX_EVENT_ERRORS) },
      })
      if (partial !== null) renameSync(partial, manifestFile!)
      return outcome
    })
    hub.catalogChanged()
    return result
  } finally {
    stage.drop()
    if (partial !== null) await rm(partial, { force: true })
  }
}

/** `added` holds the `src` of what is new. Of entries with one `src` the first is; the others, and what was known, are skipped. */
function outcomeOf(prepared: Prepared[], added: Set<string>): Omit<CatalogImported, 'source'> {
  const outcome: Omit<CatalogImported, 'source'> = { imported: 0, skipped: 0, errors: [] }
  for (const { name, row, error } of prepared) {
    const isNew = row !== null && added.delete(row.src)
    if (isNew) outcome.imported++
    else if (row !== null) outcome.skipped++
    if (error !== null && (isNew || row === null)) outcome.errors.push({ name, error })
  }
  return outcome
}

async function writeFlushed(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await using handle = await open(file, 'w', 0o640)
  await handle.writeFile(bytes)
  await handle.sync()
}
