import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { FlashError } from '../../errors.ts'
import type { Run } from '../../run.ts'
import { changesSince } from '../changes.ts'
import { fail, verbsOf } from '../handle.ts'
import type { OpenTarget } from '../open.ts'
import type { Target } from '../target.ts'
import { seenThrough } from './linux-seen.ts'
import { whenFree } from './when-free.ts'

const { O_DIRECT, O_EXCL, O_RDWR } = constants

/** Direct and, for a device, exclusive; whoever has it is asked again for its identity. */
export async function openLinux(target: Target, run: Run): Promise<OpenTarget> {
  const exclusive = target.kind === 'block' ? O_EXCL : 0
  const handle = await openDirect(target.path, O_RDWR | exclusive)
  try {
    const problems = changesSince(target, await seenThrough(handle, target.path, run))
    if (problems.length > 0) throw new FlashError('refused', problems.join('; '))
  } catch (error) {
    await handle.close()
    throw error
  }
  return verbsOf(handle, target.path)
}

async function openDirect(path: string, flags: number): Promise<FileHandle> {
  try {
    return await whenFree(() => open(path, flags | O_DIRECT))
  } catch (cause) {
    // Some file systems that hold a target file know no direct I/O; block devices always do.
    if ((cause as NodeJS.ErrnoException).code === 'EINVAL' && (flags & O_EXCL) === 0)
      return await open(path, flags)
    return fail(`opening ${path}`, cause)
  }
}
