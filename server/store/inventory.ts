import type { Database as Db } from 'better-sqlite3'
import Database from 'better-sqlite3'
import type { Hardware } from '../backup/bundle.ts'
import { APPLICATION_ID } from './migrations.ts'

const HARDWARE = `SELECT mac, known_disks, known_disks_at, (SELECT json FROM machine_lshw l WHERE l.mac = machines.mac)
  AS hw_lshw, hw_lshw_at FROM machines ORDER BY mac`

/** A look at the hardware of all machines as of one instant, beside a server that runs. */
export interface InventoryReader {
  machines(): Iterable<Hardware>
  close(): void
}

/** Opens `file` for reading alone. @throws {Error} when there is no database of ours. */
export function openInventory(file: string): InventoryReader {
  const db = new Database(file, { readonly: true, fileMustExist: true, timeout: 5000 })
  try {
    if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID)
      throw new Error(`${file} is no database of this program`)
    const rows = db.prepare<[], Hardware>(HARDWARE)
    return {
      // Begins with the first row, and ends with whoever reads them.
      *machines() {
        yield* rows.iterate()
      },
      close: () => db.close(),
    }
  } catch (error) {
    db.close()
    throw error
  }
}

/** Takes machines over from a bundle: hardware as it is there, everything else as of a machine just met (contract 7.3). */
export function inventoryTable(db: Db, now: () => string) {
  const put = db.prepare(
    `INSERT OR REPLACE INTO machines (mac, boot_mode, known_disks, known_disks_at, hw_lshw_at, created_at, updated_at)
     VALUES (:mac, 'bty-inventory', :known_disks, :known_disks_at, :hw_lshw_at, :now, :now)`,
  )
  const unlabel = db.prepare('DELETE FROM machine_labels WHERE mac = ?')
  const removeLshw = db.prepare('DELETE FROM machine_lshw WHERE mac = ?')
  const putLshw = db.prepare('INSERT INTO machine_lshw (mac, json) VALUES (?, ?)')
  return {
    /** All of them or none. */
    replace: db.transaction((machines: readonly Hardware[]) => {
      const at = now()
      for (const { hw_lshw, ...machine } of machines) {
        put.run({ ...machine, now: at })
        unlabel.run(machine.mac)
        removeLshw.run(machine.mac)
        if (hw_lshw !== null) putLshw.run(machine.mac, hw_lshw)
      }
    }),
  }
}
