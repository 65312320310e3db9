import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { imageRef } from '../../flasher/image/ref.ts'
import { writeFullBackup } from '../../server/backup/full.ts'
import { trio } from '../../server/boot/artifacts.ts'
import { cacheFiles } from '../../server/cache/files.ts'
import { cacheKey } from '../../server/cache/key.ts'
import { openLedger } from '../../server/cache/ledger.ts'
import { sessionSecret } from '../../server/config/secret.ts'
import { openStore } from '../../server/store/open.ts'
import { imageRow } from './rows.ts'

const MAC = 'aa:bb:cc:dd:ee:ff'
const SRC = 'https://example.com/images/demo.img.gz'
export const KEY = cacheKey(SRC)
export const TRIO = trio('1.2.3')
export const BACKUP = '2026-11-24T20-36-16Z'

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** A state directory of a stopped server with something of everything in it. */
export async function healthy(dir: string): Promise<void> {
  const store = openStore({ dir, version: '1.0.0' })
  store.catalog.insert(imageRow({ src: SRC, bty_image_ref: imageRef(SRC) }))
  store.machines.save(MAC, {
    bty_image_ref: imageRef(SRC),
    labels: ['rack-1'],
    boot_mode: 'bty-flash-once',
    sanboot_drive: null,
    target_disk_serial: 'S1',
  })
  store.machines.setLshw(MAC, '{}')
  store.machines.change(MAC, { known_disks: [], known_disks_at: store.now() })
  store.settings.set('backup.cadence', 'daily')
  store.close()
  sessionSecret('', dir)
  mkdirSync(join(dir, 'boot'))
  const files = [TRIO.kernel, TRIO.initrd, TRIO.squashfs]
  for (const name of files) writeFileSync(join(dir, 'boot', name), name)
  writeFileSync(join(dir, 'boot', TRIO.manifest), files.map((name) => `${sha256(name)}  ${name}\n`).join(''))
  const { ledger } = openLedger(join(cacheFiles(join(dir, 'cache')).dir, 'cache.db'), 1)
  writeFileSync(join(dir, 'cache', 'blobs', KEY), 'image')
  const times = { fetched_at: 1, last_used_at: 1, hits: 0 }
  ledger.putObject({
    key: KEY,
    url: SRC,
    size: 5,
    sha256: sha256('image'),
    content_type: null,
    verified: 'digest',
    ...times,
  })
  ledger.close()
  mkdirSync(join(dir, 'backups', BACKUP), { recursive: true })
  writeFileSync(join(dir, 'backups', BACKUP, 'inventory.json'), '{"bty_export_version":3,"machines":[]}')
  const full = { root: join(dir, 'backups'), id: BACKUP, database: join(dir, 'state.db'), version: '1.0.0' }
  await writeFullBackup({ ...full, nowMs: 1 })
}
