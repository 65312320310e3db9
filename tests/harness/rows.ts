import type { CatalogRow, MachineRow } from '../../server/store/types.ts'

export const REF = 'cd3d9db684c1a80e0ec253a95c04b9552760b9e4b40a3ab2956de32d9e92bbac'

/** Instant n of a test, as the database writes it. */
export const at = (n: number): string => `2026-11-21T00:00:${String(n).padStart(2, '0')}.000000+00:00`

/** A machine that was just discovered, with what the test is about. */
export function machineRow(columns: Partial<MachineRow> = {}): MachineRow {
  return {
    mac: 'aa:bb:cc:dd:ee:ff',
    bty_image_ref: null,
    labels: [],
    discovered_at: at(0),
    last_seen_at: at(0),
    last_seen_ip: '192.0.2.7',
    boot_mode: 'bty-inventory',
    sanboot_drive: null,
    last_flashed_at: null,
    saw_flasher_boot: false,
    armed_at: null,
    done_boot: null,
    known_disks: null,
    known_disks_at: null,
    has_lshw: false,
    hw_lshw_at: null,
    target_disk_serial: null,
    created_at: at(0),
    updated_at: at(0),
    ...columns,
  }
}

export function imageRow(columns: Partial<CatalogRow> = {}): CatalogRow {
  return {
    bty_image_ref: REF,
    src: 'https://example.com/images/demo.img.gz',
    resolved_src: 'https://example.com/images/demo.img.gz',
    disk_image_sha: 'a'.repeat(64),
    name: 'demo.img.gz',
    sha_url: null,
    format: 'img.gz',
    size_bytes: 7,
    description: null,
    arch: null,
    added_at: at(0),
    ...columns,
  }
}
