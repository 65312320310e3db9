/** The partition table of the test image. Units: 512-byte sectors. */
export const SECTOR_BYTES = 512
const MIB_SECTORS = 2048

export interface Partition {
  name: string
  type: string
  start: number
  sectors: number
}

const BIOS_BOOT = '21686148-6449-6E6F-744E-656564454649'
const ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B'
const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4'

/** Whole image: 320 MiB, of which the last belongs to the backup GPT. */
export const IMAGE_SECTORS = 320 * MIB_SECTORS

export const PARTITIONS = {
  boot: { name: 'bty-e2e-boot', type: BIOS_BOOT, start: MIB_SECTORS, sectors: MIB_SECTORS },
  esp: { name: 'bty-e2e-esp', type: ESP, start: 2 * MIB_SECTORS, sectors: 64 * MIB_SECTORS },
  root: { name: 'bty-e2e-root', type: LINUX, start: 66 * MIB_SECTORS, sectors: 253 * MIB_SECTORS },
} as const satisfies Record<string, Partition>

/** Input of sfdisk(8). Fixed identifiers, so that two builds are alike. */
export function sfdiskScript(): string {
  const rows = Object.values(PARTITIONS).map(
    (p, i) =>
      `start=${p.start}, size=${p.sectors}, type=${p.type}, name=${p.name}, uuid=B7E0E2E0-0000-4000-8000-00000000000${i + 1}`,
  )
  return ['label: gpt', 'label-id: B7E0E2E0-0000-4000-8000-000000000000', ...rows, ''].join('\n')
}
