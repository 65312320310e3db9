import type { Database } from 'better-sqlite3'
import { type ListWish, type MachineSort, type PageBounds, pageBounds } from '../api/lists.ts'
import { anyLike, containing } from './like.ts'

export interface MachineWishList extends ListWish<MachineSort> {
  filter: 'discovered' | 'assigned' | null
}

const FOUND = `(${anyLike(['mac', 'bty_image_ref', 'last_seen_ip'])}
  OR EXISTS (SELECT 1 FROM machine_labels l WHERE l.mac = machines.mac AND l.label LIKE :like ESCAPE '\\'))`
const FILTERS = { discovered: 'bty_image_ref IS NULL', assigned: 'bty_image_ref IS NOT NULL' }
const ORDERS: Record<MachineSort, string> = {
  mac: 'mac',
  bty_image_ref: 'bty_image_ref',
  boot_mode: 'boot_mode',
  last_seen_at: 'last_seen_at',
  last_seen_ip: 'last_seen_ip',
  last_flashed_at: 'last_flashed_at',
}

/** Finds the MACs on a page of machines; the rows themselves are read one by one. MAC breaks a tie, upwards. */
export function machineFinder(
  db: Database,
): (wish: MachineWishList) => PageBounds & { macs: string[]; total: number } {
  return (wish) => {
    const conditions = [
      ...(wish.filter === null ? [] : [FILTERS[wish.filter]]),
      ...(wish.q === '' ? [] : [FOUND]),
    ]
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`
    const values = wish.q === '' ? {} : { like: containing(wish.q) }
    const total = db.prepare<object, number>(`SELECT count(*) FROM machines ${where}`).pluck().get(values)!
    const bounds = pageBounds(total, wish.paged)
    const sort = ORDERS[wish.sort ?? 'mac']
    const order = `${sort} ${wish.descending ? 'DESC' : 'ASC'}${sort === 'mac' ? '' : ', mac ASC'}`
    const macs = db
      .prepare<object, string>(
        `SELECT mac FROM machines ${where} ORDER BY ${order} LIMIT :limit OFFSET :offset`,
      )
      .pluck()
      .all({ ...values, limit: bounds.limit, offset: bounds.offset })
    return { ...bounds, macs, total }
  }
}
