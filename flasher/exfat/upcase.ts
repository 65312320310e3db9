/** The up-case table of a volume (exFAT specification, 7.2): names that differ in case only are the same name. Pure. */
const UNITS = 0x1_0000
/** Marks a run of characters that stay as they are; its length follows. */
const RUN = 0xffff

/** Upper case of each UTF-16 unit. What is not ASCII never becomes ASCII, as in the specification's own table. */
export function upcaseMap(): Uint16Array {
  const map = new Uint16Array(UNITS)
  for (let unit = 0; unit < UNITS; unit++) {
    const upper = String.fromCharCode(unit).toUpperCase()
    const code = upper.charCodeAt(0)
    map[unit] = upper.length === 1 && (unit < 128 || code >= 128) ? code : unit
  }
  return map
}

/** The table as it lies on the volume, runs of unchanged characters compressed. */
export function upcaseTable(map: Uint16Array): Buffer {
  const units: number[] = []
  for (let at = 0; at < UNITS;) {
    let end = at
    while (end < UNITS && map[end] === end) end++
    // A run takes two units, so a single character stands for itself.
    if (end - at > 1) {
      units.push(RUN, Math.min(end - at, UNITS - 1))
      at += Math.min(end - at, UNITS - 1)
    } else units.push(map[at++]!)
  }
  const table = Buffer.alloc(units.length * 2)
  units.forEach((unit, i) => table.writeUInt16LE(unit, i * 2))
  return table
}

/** Checksum that the directory keeps of the table (figure 3 of the specification). */
export function upcaseChecksum(table: Buffer): number {
  let sum = 0
  for (const byte of table) sum = ((((sum & 1) << 31) | (sum >>> 1)) + byte) >>> 0
  return sum
}

/** Hash of a name, by which a directory is searched (figure 4). */
export function nameHash(name: string, map: Uint16Array): number {
  let hash = 0
  const add = (byte: number) => (hash = ((((hash & 1) << 15) | (hash >>> 1)) + byte) & 0xffff)
  for (let i = 0; i < name.length; i++) {
    const upper = map[name.charCodeAt(i)]!
    add(upper & 0xff)
    add(upper >>> 8)
  }
  return hash
}
