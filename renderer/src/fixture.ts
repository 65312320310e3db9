/** A machine and its progress for tests: plain, then what the test changes. */
import type { MachineView, ProgressView } from '../../server/api/index.ts'

export function aMachine(part: Partial<MachineView> = {}): MachineView {
  return {
    mac: '52:54:00:00:00:01',
    bty_image_ref: null,
    labels: [],
    discovered_at: '2026-11-21T09:00:00Z',
    last_seen_at: '2026-11-21T09:00:00Z',
    last_seen_ip: '192.0.2.10',
    boot_mode: 'bty-inventory',
    sanboot_drive: null,
    last_flashed_at: null,
    known_disks: null,
    known_disks_at: null,
    target_disk_serial: null,
    created_at: '2026-11-21T09:00:00Z',
    updated_at: '2026-11-21T09:00:00Z',
    armed: false,
    boot_state: 'pending inventory',
    next_boot: '',
    image_name: null,
    has_lshw: false,
    progress: null,
    failure: null,
    ...part,
  }
}

export function aProgress(part: Partial<ProgressView> = {}): ProgressView {
  return {
    boot: '00000000-0000-4000-8000-000000000000',
    phase: 'write',
    bytes_read: 100,
    bytes_read_total: 400,
    bytes_written: 500,
    bytes_written_total: 1000,
    rate: null,
    remaining_s: null,
    started_at: '2026-11-21T09:00:00Z',
    updated_at: '2026-11-21T09:59:59Z',
    error: null,
    ...part,
  }
}
