import { FlashError } from '../../errors.ts'
import type { Run, RunResult } from '../../run.ts'
import { drivelistDrives } from './drives.ts'
import type { ListDrives } from './drives.ts'
import { platformFromNodes } from './from-nodes.ts'
import type { NodeSystem, PlacedNode } from './from-nodes.ts'
import type { DiskPlatform } from './platform.ts'
import { windowsNodes } from './windows-nodes.ts'

const LISTING = `
$ErrorActionPreference = 'Stop'
[Console]::OutputEncoding = [Text.Encoding]::UTF8
Get-Disk | ForEach-Object {
  $disk = $_
  $parts = @(Get-Partition -DiskNumber $disk.Number -ErrorAction SilentlyContinue | ForEach-Object {
    $volume = $_ | Get-Volume -ErrorAction SilentlyContinue
    [pscustomobject]@{ PartitionNumber = $_.PartitionNumber; Size = $_.Size; GptType = $_.GptType
      AccessPaths = @($_.AccessPaths | Where-Object { $_ }); FileSystem = $volume.FileSystem; Label = $volume.FileSystemLabel }
  })
  [pscustomobject]@{ Number = $disk.Number; FriendlyName = $disk.FriendlyName; SerialNumber = $disk.SerialNumber
    UniqueId = $disk.UniqueId; BusType = $disk.BusType; Size = $disk.Size; LogicalSectorSize = $disk.LogicalSectorSize
    PartitionStyle = $disk.PartitionStyle; Location = $disk.Location; IsBoot = $disk.IsBoot; IsSystem = $disk.IsSystem
    IsReadOnly = $disk.IsReadOnly; Partitions = $parts }
} | ConvertTo-Json -Depth 4 -Compress`

/** libuv's UV_FS_O_DIRECT: FILE_FLAG_NO_BUFFERING. */
const NO_BUFFERING = 0x02000000

/** Windows does not care for the case of a device's name. */
function listedPath(path: string): string {
  return path.replace(/^\\\\[.?]\\physicaldrive(\d+)$/i, '\\\\.\\PhysicalDrive$1')
}

/**
 * Disks of Windows through its storage cmdlets. A fixed disk is offline while it is written, so that no volume of it can be
 * mounted; a removable one cannot be, but its volumes, once unmounted (`mountvol /P`), stay so.
 */
export function windowsPlatform(run: Run, seams: WindowsSeams = {}): DiskPlatform {
  const { listDrives = drivelistDrives, ...rest } = seams

  const powershell = (script: string): Promise<RunResult> =>
    run('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script], { timeoutMs: 60_000 })

  async function nodes(): Promise<PlacedNode[]> {
    const [{ code, stdout, stderr }, drives] = await Promise.all([powershell(LISTING), listDrives()])
    if (code !== 0)
      throw new FlashError('device', `Get-Disk ended with ${code ?? 'no exit code'}: ${stderr.slice(0, 500)}`)
    try {
      return windowsNodes(stdout, drives)
    } catch (cause) {
      throw new FlashError(
        'device',
        `Get-Disk printed no listing: ${JSON.stringify(stdout.slice(0, 100))}`,
        cause,
      )
    }
  }

  const setOffline = (number: string, offline: boolean) =>
    powershell(`Set-Disk -Number ${number} -IsOffline $${offline} -ErrorAction Stop`)

  return platformFromNodes({
    nodes,
    listedPath,
    rawPath: (path) => path,
    openFlags: NO_BUFFERING,
    async release({ node }) {
      const reasons: string[] = []
      for (const point of [...node.mountpoints, ...node.children.flatMap((child) => child.mountpoints)]) {
        const { code, stdout, stderr } = await run('mountvol.exe', [point, '/P'], { timeoutMs: 60_000 })
        if (code !== 0) reasons.push(stderr.trim() || stdout.trim())
      }
      return reasons
    },
    async claim(path) {
      const placed = (await nodes()).find(({ node }) => node.path === listedPath(path))
      if (placed === undefined || placed.node.removable) return async () => {}
      const { name } = placed.node
      const { code, stderr } = await setOffline(name, true)
      if (code !== 0) throw new FlashError('device', `taking ${path} offline failed: ${stderr.trim()}`)
      return async () => void (await setOffline(name, false))
    },
    async afterWrite(path) {
      const number = /(\d+)$/.exec(path)?.[1]
      if (number !== undefined) await powershell(`Update-Disk -Number ${number}`)
    },
    ...rest,
  })
}

export interface WindowsSeams extends Pick<NodeSystem, 'openFile'> {
  listDrives?: ListDrives
}
