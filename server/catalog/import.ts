import { randomBytes } from 'node:crypto'
import { renameSync } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CatalogImported } from '../api/index.ts'
import { type CatalogImage, parseCatalog } from '../../flasher/image/catalog.ts'
import { canonicaliseSrc } from '../../flasher/image/ref.ts'
import type { Deps } from '../deps.ts'
import { catalogEvent } from './add.ts'

const ORAS_LATER = 'oras (kept without sha): this version cannot ask registries'

/**
 * Imports the text of a `catalog.toml` and keeps it as the manifest file. All or nothing: when the text is refused or
 * the file cannot be written, neither the rows nor the file change. @throws {CatalogError} when the text is refused.
 */
export async function importCatalog(
  { store, hub }: Pick<Deps, 'store' | 'hub'>,
  text: Uint8Array,
  options: { source: string; manifestFile: string; ip: string | null },
): Promise<CatalogImported> {
  const { source, manifestFile, ip } = options
  const images = parseCatalog(text, source)
  const partial = `${manifestFile}.${randomBytes(6).toString('hex')}.partial`
  try {
    await mkdir(dirname(manifestFile), { recursive: true })
    await writeFlushed(partial, text)
    const result = store.durable(() => {
      const added_at = store.now()
      const outcome = { source, ...insertAll(images, (row) => store.catalog.insert({ ...row, added_at })) }
      store.events.add({
        ...catalogEvent(source, ip),
        kind: 'catalog.entries.imported',
        summary: `Catalog ${source}: ${outcome.imported} imported, ${outcome.skipped} known already, ${outcome.errors.length} with errors`,
        details: { ...outcome },
      })
      renameSync(partial, manifestFile)
      return outcome
    })
    hub.catalogChanged()
    return result
  } finally {
    await rm(partial, { force: true })
  }
}

type NewRow = Omit<Parameters<Deps['store']['catalog']['insert']>[0], 'added_at'>

/** Wire contract 4.6: in the order of the manifest; what is known stays as it is. */
function insertAll(
  images: CatalogImage[],
  insert: (row: NewRow) => boolean,
): Omit<CatalogImported, 'source'> {
  const outcome: Omit<CatalogImported, 'source'> = { imported: 0, skipped: 0, errors: [] }
  for (const image of images) {
    const { name, src, ref } = image
    if (ref === null) {
      outcome.errors.push({ name, error: whyBad(src) })
      continue
    }
    const isHttp = /^https?:/i.test(src)
    const inserted = insert({
      bty_image_ref: ref,
      src,
      resolved_src: isHttp ? src : null,
      disk_image_sha: image.sha256,
      name,
      sha_url: null,
      format: image.format,
      size_bytes: image.sizeBytes,
      description: image.description,
      arch: image.arch,
    })
    if (!inserted) outcome.skipped++
    else {
      outcome.imported++
      if (!isHttp && image.sha256 === null) outcome.errors.push({ name, error: ORAS_LATER })
    }
  }
  return outcome
}

function whyBad(src: string): string {
  try {
    canonicaliseSrc(src)
    return `${src} has no reference`
  } catch (error) {
    return (error as Error).message
  }
}

async function writeFlushed(file: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(file, 'w', 0o640)
  await handle.writeFile(bytes)
  await handle.sync()
}
