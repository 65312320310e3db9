import type { FileHandle } from 'node:fs/promises'
import { FlashError } from '../../errors.ts'
import type { Run } from '../../run.ts'
import { drivelistDrives } from './drives.ts'
import type { ListDrives } from './drives.ts'
import { platformFromNodes } from './from-nodes.ts'
import type { NodeSystem, PlacedNode } from './from-nodes.ts'
import { macNodes, profilesIn, wholeDisks } from './macos-nodes.ts'
import type { Profile } from './macos-nodes.ts'
import { parsePlist } from './plist.ts'
import type { Plist } from './plist.ts'
import type { DiskPlatform } from './platform.ts'

const PROFILES = ['SPUSBDataType', 'SPUSBHostDataType', 'SPNVMeDataType', 'SPSerialATADataType']

/**
 * Disks of a Mac through diskutil. A disk is written through its raw device, which the kernel refuses to open for
 * writing while a volume on it is mounted, and which keeps volumes from being mounted while it is open.
 */
export function macosPlatform(run: Run, seams: MacSeams = {}): DiskPlatform {
  const { listDrives = drivelistDrives, ...rest } = seams

  async function diskutil(...args: string[]): Promise<Plist> {
    const { code, stdout, stderr } = await run('diskutil', args, { timeoutMs: 30_000 })
    if (code !== 0)
      throw new FlashError(
        'device',
        `diskutil ${args.join(' ')} ended with ${code ?? 'no exit code'}: ${stderr}`,
      )
    return readPlist(stdout, `diskutil ${args.join(' ')}`)
  }

  async function nodes(): Promise<PlacedNode[]> {
    const [listing, drives, profiles] = await Promise.all([
      diskutil('list', '-plist'),
      listDrives(),
      readProfiles(),
    ])
    try {
      const infos = new Map<string, Plist>()
      // A disk that was pulled out since has no information any more, and is none.
      for (const id of wholeDisks(listing))
        await diskutil('info', '-plist', id).then(
          (info) => infos.set(id, info),
          () => {},
        )
      return macNodes(listing, infos, profiles, drives)
    } catch (cause) {
      throw new FlashError('device', 'diskutil printed no listing of disks', cause)
    }
  }

  async function readProfiles(): Promise<Map<string, Profile>> {
    const { code, stdout } = await run('system_profiler', ['-json', ...PROFILES], { timeoutMs: 30_000 })
    if (code !== 0) return new Map()
    try {
      return profilesIn(JSON.parse(stdout))
    } catch {
      return new Map()
    }
  }

  return platformFromNodes({
    nodes,
    listedPath: (path) => path.replace(/^\/dev\/rdisk(\d+)$/, '/dev/disk$1'),
    rawPath: (path) => path.replace(/^\/dev\/disk(\d+)$/, '/dev/rdisk$1'),
    openFlags: 0,
    sync: syncRaw,
    async release({ node }) {
      const { code, stdout, stderr } = await run('diskutil', ['unmountDisk', node.name], {
        timeoutMs: 120_000,
      })
      return code === 0 ? [] : [stderr.trim() || stdout.trim()]
    },
    // Disk Arbitration looks at the disk again by itself when its raw device is closed.
    afterWrite: async () => {},
    ...rest,
  })
}

export interface MacSeams extends Pick<NodeSystem, 'openFile'> {
  listDrives?: ListDrives
}

/** A raw device has no cache of the kernel's to flush, and some drivers say so with an error. */
async function syncRaw(handle: FileHandle): Promise<void> {
  await handle.sync().catch((error: NodeJS.ErrnoException) => {
    if (!['ENOTTY', 'ENOTSUP', 'EINVAL'].includes(error.code ?? '')) throw error
  })
}

function readPlist(text: string, command: string): Plist {
  try {
    return parsePlist(text)
  } catch (cause) {
    throw new FlashError('device', `${command} printed no property list: ${(cause as Error).message}`, cause)
  }
}
